import { LitElement, css, html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { localized, msg, str } from '@lit/localize';
import { formatNumber } from '../client/format.ts';
import type { FileRow } from '../engine-api.ts';
import { OrderActionEvent } from './events.ts';
import { sharedStyles } from './shared-styles.ts';

/** What one seldom wants to know of a file: its checksum, its exact size; and a way to have it first. */
@customElement('hf-file-details')
@localized()
export class HfFileDetails extends LitElement {
  static override readonly styles = [
    sharedStyles,
    css`
      dl {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        gap: 4px 16px;
        margin: 10px 0 4px;
      }
      dt {
        color: var(--muted);
      }
      dd {
        margin: 0;
        overflow-wrap: anywhere;
      }
      code {
        font:
          13px/1.5 ui-monospace,
          monospace;
      }
      .buttons {
        justify-content: flex-start;
        margin: 10px 0 4px;
      }
    `,
  ];

  @property() order = '';
  @property({ attribute: false }) row: FileRow | undefined;
  @state() private copied = '';

  override render(): unknown {
    const { row } = this;
    if (!row) return nothing;
    const { sha256, status } = row;
    const undone = status === 'waiting' || status === 'downloading' || status === 'paused';
    return html`<dl>
        <dt>${msg('Size')}</dt>
        <dd>${msg(str`${formatNumber(row.size)} bytes in ${formatNumber(row.pieceCount)} pieces`)}</dd>
        <dt>SHA-256</dt>
        <dd>${sha256 === undefined ? msg('The sender gave none.') : html`<code>${sha256}</code>`}</dd>
      </dl>
      <div class="buttons">
        ${
          sha256 === undefined
            ? nothing
            : html`<button @click=${() => this.#copy(sha256)}>
                ${this.copied === sha256 ? msg('Copied') : msg('Copy SHA-256')}
              </button>`
        }
        ${undone ? html`<button @click=${this.#first}>${msg('Download first')}</button>` : nothing}
      </div>`;
  }

  async #copy(sha256: string): Promise<void> {
    await navigator.clipboard.writeText(sha256);
    this.copied = sha256;
  }

  readonly #first = (): void => {
    const { order, row } = this;
    if (row) this.dispatchEvent(new OrderActionEvent({ kind: 'file-first', order, file: row.file }));
  };
}
