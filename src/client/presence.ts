import { msg } from '@lit/localize';
import type { OrderSummary, Snapshot } from '../engine-api.ts';
import { formatPercent } from './format.ts';
import { needsUser, orderShare } from './order-words.ts';
import type { Route } from './router.ts';

/** Shows how far things are where the page itself is not seen: the tab's title, and the app's badge in the taskbar or dock. */
export class Presence {
  #badge = '';

  /** `shown` is the order whose page is open, if any; `page` is what is shown. */
  show(snapshot: Snapshot | undefined, shown: OrderSummary | undefined, page: Route['page']): void {
    const title = tabTitle(snapshot, shown, page);
    if (document.title !== title) document.title = title;
    this.#setBadge(snapshot?.orders ?? []);
  }

  /** A dot when somebody is needed, the whole percent while orders run, nothing otherwise. */
  #setBadge(orders: readonly OrderSummary[]): void {
    const running = orders.filter(({ state }) => state === 'running' || state === 'waiting');
    const needed = orders.some(needsUser);
    const badge = needed ? 'needed' : running.length > 0 ? String(Math.floor(shareOf(running) * 100)) : '';
    if (badge === this.#badge || !('setAppBadge' in navigator)) return;
    this.#badge = badge;
    const set =
      badge === ''
        ? navigator.clearAppBadge()
        : badge === 'needed'
          ? navigator.setAppBadge()
          : navigator.setAppBadge(Number(badge));
    // only an installed app has a badge
    set.catch(() => undefined);
  }
}

/** The order that is shown; on the other pages all that are under way. The percentage comes first, since tabs are narrow. */
function tabTitle(snapshot: Snapshot | undefined, shown: OrderSummary | undefined, page: Route['page']): string {
  if (shown) return `${formatPercent(orderShare(shown))} · ${shown.title} – Holdfast`;
  const running = snapshot?.orders.filter(({ state }) => state === 'running') ?? [];
  const names: Partial<Record<Route['page'], string>> = { settings: msg('Settings'), help: msg('Help') };
  const parts = [running.length > 0 ? formatPercent(shareOf(running)) : '', names[page] ?? ''].filter(Boolean);
  return parts.length > 0 ? `${parts.join(' · ')} – Holdfast` : 'Holdfast';
}

function shareOf(orders: readonly OrderSummary[]): number {
  const bytes = orders.reduce((sum, order) => sum + order.bytes, 0);
  const verified = orders.reduce((sum, order) => sum + order.bytesVerified, 0);
  return bytes === 0 ? 0 : Math.min(0.99, verified / bytes);
}
