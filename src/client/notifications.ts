import { msg, str } from '@lit/localize';
import type { OrderSummary, Snapshot } from '../engine-api.ts';
import { joinSentences } from './format.ts';
import { needsUser, orderSentence } from './order-words.ts';
import { prefer, preferences } from './preferences.ts';
import { isLookedAt, tellWhetherLookedAt } from './looked-at.ts';
import { orderHref } from './router.ts';

/** What the browser says to notifications of this page. */
export function canNotify(): NotificationPermission | 'unsupported' {
  return typeof Notification === 'function' ? Notification.permission : 'unsupported';
}

/** Asks the browser for notifications and switches them on when it allows them. Must be called in a click. */
export async function allowNotifications(): Promise<void> {
  if (canNotify() === 'unsupported') return;
  const answer = await Notification.requestPermission();
  prefer({ notify: answer === 'granted' });
}

/** Tells by a notification that an order has come to its end or needs the user, when nobody looks at any of the app's windows. */
export class Notifier {
  readonly #news = new Map<string, News>();

  constructor() {
    tellWhetherLookedAt();
  }

  /** Compares with the snapshot before. Only the window that owns the engine tells, or each news would come twice. */
  accept(snapshot: Snapshot): void {
    for (const summary of snapshot.orders) {
      const before = this.#news.get(summary.order);
      const news = newsOf(summary);
      this.#news.set(summary.order, news);
      // what was so already when the page was opened is no news
      if (before === undefined || before === news || !snapshot.owner || news === 'none') continue;
      void this.#tell(summary, snapshot);
    }
  }

  async #tell(summary: OrderSummary, snapshot: Snapshot): Promise<void> {
    if (!(await isLookedAt().catch(() => !document.hidden))) tell(summary, snapshot);
  }
}

/** What is worth telling of an order. */
type News = 'none' | 'done' | 'needed';

function newsOf(summary: OrderSummary): News {
  if (summary.state === 'done') return 'done';
  return needsUser(summary) ? 'needed' : 'none';
}

function tell(summary: OrderSummary, snapshot: Snapshot): void {
  if (!preferences().notify || canNotify() !== 'granted') return;
  const { headline, detail } = orderSentence(summary, snapshot);
  const title = summary.state === 'done' ? summary.title : msg(str`${summary.title} needs you`);
  try {
    const notification = new Notification(title, {
      body: joinSentences(headline, detail),
      icon: '/icon-192.png',
      tag: summary.order,
    });
    notification.addEventListener('click', () => {
      window.focus();
      location.hash = orderHref(summary.order);
      notification.close();
    });
  } catch {
    // Android's Chrome has no notifications without a service worker; the page and its title say the same
  }
}
