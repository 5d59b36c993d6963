import { LitElement, css, html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { localized, msg, str } from '@lit/localize';
import { formatBytes, formatPercent } from '../client/format.ts';
import { describeError } from '../client/messages.ts';
import { fileStatusWord } from '../client/order-words.ts';
import { senderText } from '../client/sender-text.ts';
import type { FileRow } from '../engine-api.ts';
import { previewType } from '../order/preview-type.ts';
import { DetailsToggledEvent, FileOpenedEvent, OrderActionEvent } from './events.ts';
import { openIcon } from './icons.ts';
import { sharedStyles } from './shared-styles.ts';
import './hf-copy-button.ts';
import './hf-file-details.ts';
import './hf-piece-strip.ts';

/** One file: name, size, pieces, state, and what went wrong. */
@customElement('hf-file-row')
@localized()
export class HfFileRow extends LitElement {
  static override readonly styles = [
    sharedStyles,
    css`
      :host {
        padding: 5px 4px 5px 8px;
        border-top: 1px solid var(--line);
        /* Rows outside of the window cost nothing to lay out, so ten thousand of them scroll well. */
        content-visibility: auto;
        contain-intrinsic-size: auto 42px;
      }
      .line {
        display: grid;
        grid-template-columns: minmax(0, 1fr) 90px 200px 52px 104px 32px;
        align-items: center;
        gap: 4px 16px;
      }
      .name {
        font-weight: 600;
        overflow-wrap: anywhere;
      }
      .open {
        margin-left: 4px;
        min-height: 28px;
        padding: 0 10px;
        font-size: 0.9rem;
      }
      .size,
      .percent,
      .status {
        text-align: right;
        white-space: nowrap;
      }
      .size,
      .status {
        color: var(--muted);
      }
      :host([data-status='saved']) .status {
        color: var(--saved);
      }
      :host([data-status='failed']) .status {
        color: var(--danger);
        font-weight: 600;
      }
      .toggle {
        display: grid;
        place-items: center;
        min-height: 32px;
        padding: 0;
      }
      .toggle svg {
        transition: transform 120ms;
      }
      .toggle[aria-expanded='true'] svg {
        transform: rotate(180deg);
      }
      .error {
        display: flex;
        align-items: center;
        gap: 8px 16px;
        margin-top: 8px;
      }
      .error .note {
        flex: 1;
      }
      @media (max-width: 760px) {
        .line {
          grid-template-columns: minmax(0, 1fr) auto auto;
        }
        .name {
          grid-column: 1 / 3;
        }
        .toggle {
          order: 0;
          justify-self: end;
          width: 32px;
        }
        hf-piece-strip {
          order: 1;
        }
        .size {
          order: 2;
        }
        .status {
          order: 3;
          min-width: 80px;
        }
        .percent {
          display: none;
        }
        .error {
          flex-direction: column;
          align-items: stretch;
        }
      }
    `,
  ];

  @property() order = '';
  /** The folders that saved files are in, `chips / A-1042`. */
  @property({ attribute: false }) folders: readonly string[] = [];
  @property({ attribute: false }) row: FileRow | undefined;
  /** What `senderOrder` says of the order. */
  @property({ attribute: false }) senderOrder = '';
  /** Whether the details are shown. */
  @property({ type: Boolean }) opened = false;

  /** Puts the keyboard on the button that shows the details. */
  focusDetails(): void {
    this.renderRoot.querySelector<HTMLElement>('.toggle')?.focus({ preventScroll: true });
  }

  override render(): unknown {
    const { row } = this;
    if (!row) return nothing;
    const share = row.size > 0 ? row.bytesVerified / row.size : 0;
    return html`<div class="line">
        <span class="name">${row.path}${this.#open(row)}</span>
        <span class="size">${formatBytes(row.size)}</span>
        <hf-piece-strip .row=${row}></hf-piece-strip>
        <span class="percent"
          >${row.status === 'downloading' || row.status === 'paused' ? formatPercent(share) : nothing}</span
        >
        <span class="status">${fileStatusWord(row)}</span>
        <button
          class="quiet toggle"
          aria-expanded=${this.opened ? 'true' : 'false'}
          aria-label=${msg(str`Details of ${row.path}`)}
          @click=${this.#toggle}
        >
          ${openIcon}
        </button>
      </div>
      ${row.savedAs === undefined ? nothing : html`<div class="muted">${msg(str`saved as ${row.savedAs}`)}</div>`}
      ${row.status === 'failed' ? this.#error(row) : nothing}
      ${this.opened ? html`<hf-file-details .order=${this.order} .row=${row} .folders=${this.folders}></hf-file-details>` : nothing}`;
  }

  #open(row: FileRow): unknown {
    if (!previewType(row.path) || row.size === 0 || row.status === 'failed') return nothing;
    return html` <button class="open" aria-label=${msg(str`Open ${row.path}`)} @click=${this.#opened}>
      ${msg('Open')}
    </button>`;
  }

  #error(row: FileRow): unknown {
    const text = senderText(row, this.senderOrder);
    return html`<div class="error">
      ${row.error ? html`<p class="note danger">${describeError(row.error, { failed: true })}</p>` : nothing}
      ${
        text === undefined
          ? nothing
          : html`<hf-copy-button .text=${text} .label=${msg('Copy for the sender')}></hf-copy-button>`
      }
      <button @click=${this.#retry}>${msg('Retry')}</button>
    </div>`;
  }

  readonly #toggle = (): void => {
    if (this.row) this.dispatchEvent(new DetailsToggledEvent(this.row.file));
  };

  readonly #opened = (): void => {
    if (this.row) this.dispatchEvent(new FileOpenedEvent(this.row.file));
  };

  readonly #retry = (): void => {
    if (this.row) this.dispatchEvent(new OrderActionEvent({ kind: 'retry', order: this.order, file: this.row.file }));
  };
}
