import { LitElement, css, html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { localized, msg, str } from '@lit/localize';
import { formatNumber } from '../client/format.ts';
import { ORDER_FILTERS, countOrders, filterOrders, type OrderFilter } from '../client/order-filter.ts';
import { orderStateWord } from '../client/order-words.ts';
import type { OrderState, OrderSummary, Snapshot } from '../engine-api.ts';
import { OrderActionEvent } from './events.ts';
import { filterStyles } from './filter-styles.ts';
import { sharedStyles } from './shared-styles.ts';
import './hf-order-card.ts';

/** From so many orders on there is a field to search. */
const SEARCH_FROM = 6;

/** All orders, or what to do when there is none. */
@customElement('hf-order-list')
@localized()
export class HfOrderList extends LitElement {
  static override readonly styles = [
    sharedStyles,
    filterStyles,
    css`
      header {
        display: flex;
        align-items: center;
        justify-content: space-between;
        flex-wrap: wrap;
        gap: 8px 12px;
        min-height: 40px;
        margin-bottom: 14px;
      }
      h1 {
        margin-right: auto;
        font-size: 1.6rem;
      }
      ul {
        display: grid;
        gap: 14px;
      }
      li {
        min-width: 0;
      }
      .empty {
        display: grid;
        gap: 16px;
        padding: 32px;
      }
      .empty h2 {
        font-size: 1.25rem;
      }
      ol {
        display: grid;
        gap: 12px;
        margin: 0;
        padding: 0;
        list-style: none;
        counter-reset: step;
      }
      ol li {
        display: grid;
        grid-template-columns: 28px 1fr;
        gap: 12px;
        counter-increment: step;
      }
      ol li::before {
        content: counter(step);
        display: grid;
        place-items: center;
        width: 28px;
        height: 28px;
        border-radius: 50%;
        background: var(--quiet);
        color: var(--accent);
        font-weight: 700;
      }
    `,
  ];

  @property({ attribute: false }) snapshot: Snapshot | undefined;
  /** What a screen reader is told: which order came to its end, or needs somebody. */
  @state() private said = '';
  readonly #states = new Map<string, OrderState>();
  @state() private filter: OrderFilter = 'all';
  @state() private search = '';

  protected override willUpdate(): void {
    for (const summary of this.snapshot?.orders ?? []) {
      const before = this.#states.get(summary.order);
      this.#states.set(summary.order, summary.state);
      const isNews = summary.state === 'done' || summary.state === 'attention';
      if (before !== undefined && before !== summary.state && isNews)
        this.said = `${summary.title}: ${orderStateWord(summary)}`;
    }
  }

  override render(): unknown {
    const { snapshot } = this;
    return html`<header>
        <h1>${msg('Orders')}</h1>
        ${snapshot ? this.#all(snapshot.orders) : nothing}
      </header>
      <p class="hidden" role="status">${this.said}</p>
      ${snapshot ? this.#orders(snapshot) : html`<p class="muted">${msg('Looking what is here…')}</p>`}`;
  }

  #orders(snapshot: Snapshot): unknown {
    if (snapshot.orders.length === 0) return emptyState();
    const shown = filterOrders(snapshot.orders, this.filter, this.search);
    return html`${snapshot.orders.length > 1 ? this.#filters(snapshot.orders) : nothing}
      <ul role="list" aria-label=${msg('Orders')}>
        ${repeat(
          shown,
          ({ order }) => order,
          (summary) =>
            html`<li data-order=${summary.order} data-state=${summary.state}>
              <hf-order-card .summary=${summary} .snapshot=${snapshot}></hf-order-card>
            </li>`,
        )}
      </ul>
      ${shown.length === 0 ? html`<p class="muted">${msg('No order is in this state, or has this in its name.')}</p>` : nothing}`;
  }

  /** One button for all orders at once, when there are several to pause or to resume. */
  #all(orders: readonly OrderSummary[]): unknown {
    const active = orders.filter(({ state }) => state === 'running' || state === 'waiting').length;
    const paused = orders.filter(({ state }) => state === 'paused').length;
    if (active + paused < 2) return nothing;
    const kind = active > 0 ? 'pause-all' : 'resume-all';
    return html`<button class="quiet" @click=${() => this.dispatchEvent(new OrderActionEvent({ kind }))}>
      ${active > 0 ? msg('Pause all') : msg('Resume all')}
    </button>`;
  }

  #filters(orders: readonly OrderSummary[]): unknown {
    const counts = countOrders(orders);
    const words: Record<OrderFilter, string> = {
      all: msg(str`All ${formatNumber(counts.all)}`),
      open: msg(str`Under way ${formatNumber(counts.open)}`),
      attention: msg(str`Needs you ${formatNumber(counts.attention)}`),
      done: msg(str`Delivered ${formatNumber(counts.done)}`),
    };
    return html`<div class="filters" role="group" aria-label=${msg('Show orders')}>
      ${ORDER_FILTERS.map(
        (filter) =>
          html`<button aria-pressed=${filter === this.filter ? 'true' : 'false'} @click=${() => (this.filter = filter)}>
            ${words[filter]}
          </button>`,
      )}
      ${
        orders.length < SEARCH_FROM
          ? nothing
          : html`<input
              type="search"
              aria-label=${msg('Search orders')}
              placeholder=${msg('Search orders')}
              .value=${this.search}
              @input=${(event: Event) => (this.search = (event.target as HTMLInputElement).value)}
            />`
      }
    </div>`;
  }
}

function emptyState(): unknown {
  return html`<section class="card empty">
    <h2>${msg('No orders yet')}</h2>
    <ol>
      <li>${msg('Open the link that the sender gave you, or press “Add links” and paste it.')}</li>
      <li>${msg('Press Start and choose a folder, once.')}</li>
      <li>
        ${msg('That is all. Files appear in the folder one by one, complete and checked. After a crash, a reboot or a lost connection it goes on by itself from where it was.')}
      </li>
    </ol>
  </section>`;
}
