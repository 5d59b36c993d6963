import { LitElement, css, html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { localized, msg, str } from '@lit/localize';
import { formatBytes } from '../client/format.ts';
import { mainActionWord } from '../client/main-action.ts';
import { orderStateWord, unconfirmedWords } from '../client/order-words.ts';
import { orderHref } from '../client/router.ts';
import { freeBytes } from '../client/space.ts';
import type { OrderSummary, Snapshot } from '../engine-api.ts';
import { OrderActionEvent } from './events.ts';
import { fact, factStyles } from './facts.ts';
import { panelStyles } from './panel-styles.ts';
import { sharedStyles } from './shared-styles.ts';

/** What each order keeps on this disk and how to free it, how much more the browser gives, and whether it may be cleared. */
@customElement('hf-storage-panel')
@localized()
export class HfStoragePanel extends LitElement {
  static override readonly styles = [
    sharedStyles,
    panelStyles,
    factStyles,
    css`
      dl {
        margin: 10px 0 14px;
      }
      ul {
        margin-top: 12px;
      }
      li.field {
        flex-wrap: nowrap;
      }
      .size {
        font-weight: 600;
        white-space: nowrap;
      }
      @media (max-width: 600px) {
        li.field {
          flex-wrap: wrap;
        }
      }
    `,
  ];

  @property({ attribute: false }) snapshot: Snapshot | undefined;
  /** The browser's promise not to clear; undefined until it has answered. */
  @state() private kept: boolean | undefined;
  @state() private asked = false;

  override connectedCallback(): void {
    super.connectedCallback();
    navigator.storage.persisted().then(
      (kept) => (this.kept = kept),
      () => undefined,
    );
  }

  override render(): unknown {
    const { snapshot } = this;
    const free = snapshot ? freeBytes(snapshot) : undefined;
    const orders = snapshot?.orders ?? [];
    const total = orders.reduce((sum, { bytesOnDisk }) => sum + bytesOnDisk, 0);
    return html`<section class="card">
      <h2>${msg('Storage')}</h2>
      <dl>
        ${fact(formatBytes(total), msg('kept for orders'))}
        ${fact(formatBytes(snapshot?.storage?.usage ?? 0), msg('used by this app in all'))}
        ${fact(free === undefined ? '–' : msg(str`about ${formatBytes(free)}`), msg('free, by the browser’s guess'))}
      </dl>
      <p class="hint">
        ${msg('What is received waits on this disk until it is saved into your folder, and is then removed here. What went to the browser’s downloads stays until you say that it is there.')}
      </p>
      <ul role="list" aria-label=${msg('Space by order')}>
        ${repeat(
          orders,
          ({ order }) => order,
          (summary) => this.#row(summary),
        )}
      </ul>
      ${this.kept === undefined ? nothing : this.#promise(this.kept)}
    </section>`;
  }

  #row(summary: OrderSummary): unknown {
    const { order, title, state: now, filesUnconfirmed } = summary;
    const [words, action] =
      filesUnconfirmed > 0
        ? [unconfirmedWords(summary), 'free-space' as const]
        : now === 'done'
          ? [msg('Delivered. Removing it from the list leaves its files where they are.'), 'remove' as const]
          : [orderStateWord(summary), undefined];
    return html`<li class="field" data-order=${order}>
      <div>
        <a href=${orderHref(order)}>${title}</a>
        <p class="hint">${words}</p>
      </div>
      <span class="size">${formatBytes(summary.bytesOnDisk)}</span>
      ${
        action === undefined
          ? nothing
          : html`<button @click=${() => this.dispatchEvent(new OrderActionEvent({ kind: action, order }))}>
              ${action === 'remove' ? msg('Remove') : mainActionWord(action)}
            </button>`
      }
    </li>`;
  }

  #promise(kept: boolean): unknown {
    if (kept) {
      return html`<div class="field">
        <p>${msg('The browser keeps these bytes even when the disk runs low.')}</p>
      </div>`;
    }
    const answer = this.asked
      ? msg(
          'The browser did not promise it this time. Chrome and Edge decide by themselves, an installed app is more likely to get it; Firefox asks you.',
        )
      : msg('When the disk runs very low, the browser may clear what is not saved yet. It is then fetched again.');
    return html`<div class="field">
      <p role="status">${answer}</p>
      <button @click=${this.#ask}>${msg('Ask it to keep them')}</button>
    </div>`;
  }

  readonly #ask = async (): Promise<void> => {
    this.kept = await navigator.storage.persist().catch(() => false);
    this.asked = true;
  };
}
