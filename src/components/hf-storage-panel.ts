import { LitElement, css, html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { localized, msg, str } from '@lit/localize';
import { formatBytes } from '../client/format.ts';
import type { Snapshot } from '../engine-api.ts';
import { panelStyles } from './panel-styles.ts';
import { sharedStyles } from './shared-styles.ts';

/** What the app keeps on this disk, how much more the browser gives it, and whether it may be cleared. */
@customElement('hf-storage-panel')
@localized()
export class HfStoragePanel extends LitElement {
  static override readonly styles = [
    sharedStyles,
    panelStyles,
    css`
      dl {
        display: grid;
        grid-template-columns: repeat(3, 1fr);
        gap: 12px 16px;
        margin: 10px 0 14px;
      }
      dl div {
        display: flex;
        flex-direction: column-reverse;
        justify-content: flex-end;
      }
      dd {
        margin: 0;
        font-size: 1.12rem;
        font-weight: 700;
      }
      dt {
        color: var(--muted);
        line-height: 1.4;
      }
      @media (max-width: 600px) {
        dl {
          grid-template-columns: 1fr 1fr;
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
    const { quota, usage = 0 } = this.snapshot?.storage ?? {};
    const orders = this.snapshot?.orders ?? [];
    const unsaved = orders.reduce((sum, order) => sum + Math.max(0, order.bytesReceived - order.bytesSaved), 0);
    const free = quota === undefined ? undefined : Math.max(0, quota - usage);
    return html`<section class="card">
      <h2>${msg('Storage')}</h2>
      <dl>
        ${fact(formatBytes(unsaved), msg('received, not saved yet'))}
        ${fact(formatBytes(usage), msg('used by this app in all'))}
        ${fact(free === undefined ? '–' : msg(str`about ${formatBytes(free)}`), msg('free for this app'))}
      </dl>
      <p class="hint">
        ${msg('What is received waits on this disk until it is saved into your folder, and is then removed here. Removing an order frees the rest.')}
      </p>
      ${this.kept === undefined ? nothing : this.#promise(this.kept)}
    </section>`;
  }

  #promise(kept: boolean): unknown {
    if (kept) {
      return html`<div class="field">
        <p>${msg('The browser keeps these bytes even when the disk runs low.')}</p>
      </div>`;
    }
    const answer = this.asked
      ? msg(
          'The browser did not promise it this time. It decides by itself: an installed app is more likely to get it.',
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

function fact(value: string, label: string): unknown {
  return html`<div>
    <dt>${label}</dt>
    <dd>${value}</dd>
  </div>`;
}
