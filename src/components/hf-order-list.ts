import { LitElement, css, html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { localized, msg, str } from '@lit/localize';
import { formatBytes } from '../client/format.ts';
import type { Snapshot } from '../engine-api.ts';
import { sharedStyles } from './shared-styles.ts';
import './hf-order-card.ts';

/** Bytes the browser would still let the app keep, undefined when it does not tell. */
export function freeBytes({ storage }: Snapshot): number | undefined {
  if (storage?.quota === undefined) return undefined;
  return Math.max(0, storage.quota - (storage.usage ?? 0));
}

/** All orders, or what to do when there is none. */
@customElement('hf-order-list')
@localized()
export class HfOrderList extends LitElement {
  static override readonly styles = [
    sharedStyles,
    css`
      header {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 12px;
        margin-bottom: 16px;
      }
      h1 {
        font-size: 1.6rem;
      }
      .free {
        padding: 2px 12px;
        border-radius: 14px;
        background: var(--quiet);
        color: var(--muted);
        font-size: 0.87rem;
        font-weight: 600;
        white-space: nowrap;
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

  override render(): unknown {
    const { snapshot } = this;
    const free = snapshot ? freeBytes(snapshot) : undefined;
    return html`<header>
        <h1>${msg('Orders')}</h1>
        ${free === undefined ? nothing : html`<span class="free">${msg(str`about ${formatBytes(free)} free`)}</span>`}
      </header>
      ${snapshot ? this.#orders(snapshot) : html`<p class="muted">${msg('Looking what is here…')}</p>`}`;
  }

  #orders(snapshot: Snapshot): unknown {
    if (snapshot.orders.length === 0) return emptyState();
    return html`<ul role="list" aria-label=${msg('Orders')}>
      ${repeat(
        snapshot.orders,
        ({ order }) => order,
        (summary) =>
          html`<li data-order=${summary.order} data-state=${summary.state}>
            <hf-order-card .summary=${summary} .snapshot=${snapshot}></hf-order-card>
          </li>`,
      )}
    </ul>`;
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
