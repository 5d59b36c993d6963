import { LitElement, css, html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { localized, msg, str } from '@lit/localize';
import { formatNumber } from '../client/format.ts';
import { formatLocale } from '../client/localization.ts';
import type { FileRow } from '../engine-api.ts';
import { OrderActionEvent } from './events.ts';
import { sharedStyles } from './shared-styles.ts';
import './hf-copy-button.ts';
import './hf-piece-strip.ts';

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
          0.87rem/1.5 ui-monospace,
          monospace;
      }
      .buttons {
        justify-content: flex-start;
        margin: 10px 0 4px;
      }
    `,
  ];

  @property() order = '';
  /** The folders that saved files are in, `chips / A-1042`. */
  @property({ attribute: false }) folders: readonly string[] = [];
  @property({ attribute: false }) row: FileRow | undefined;

  override render(): unknown {
    const { row } = this;
    if (!row) return nothing;
    const { sha256, status } = row;
    const undone = status === 'waiting' || status === 'downloading' || status === 'paused';
    return html`<dl>
        <dt>${msg('Size')}</dt>
        <dd>${msg(str`${formatNumber(row.size)} bytes in ${formatNumber(row.pieceCount)} pieces`)}</dd>
        ${this.#place(row)}
        <dt>SHA-256</dt>
        <dd>${sha256 === undefined ? msg('The sender gave none.') : html`<code>${sha256}</code>`}</dd>
      </dl>
      ${row.pieceCount > 24 ? html`<hf-piece-strip whole .row=${row}></hf-piece-strip>` : nothing}
      <div class="buttons">
        ${
          sha256 === undefined
            ? nothing
            : html`<hf-copy-button .text=${sha256} .label=${msg('Copy SHA-256')}></hf-copy-button>`
        }
        ${row.kept ? html`<button @click=${() => this.#again(row)}>${msg('Download again')}</button>` : nothing}
        ${undone ? html`<button @click=${this.#first}>${msg('Download first')}</button>` : nothing}
      </div>`;
  }

  /** No page can open a file in another program: it says where the file is. */
  #place({ status, path, savedAs }: FileRow): unknown {
    if (status === 'handed-over') return place(msg('In the browser’s downloads'));
    if (status !== 'saved' || this.folders.length === 0) return nothing;
    const name = (savedAs ?? path).replaceAll('/', ' / ');
    if (this.folders.length === 1) return place(`${this.folders[0]} / ${name}`);
    return place(msg(str`${name}, in one of the folders ${new Intl.ListFormat(formatLocale()).format(this.folders)}`));
  }

  #again(row: FileRow): void {
    this.dispatchEvent(new OrderActionEvent({ kind: 'download-again', order: this.order, row }));
  }

  readonly #first = (): void => {
    const { order, row } = this;
    if (row) this.dispatchEvent(new OrderActionEvent({ kind: 'file-first', order, file: row.file }));
  };
}

function place(words: string): unknown {
  return html`<dt>${msg('Where it is')}</dt>
    <dd>${words}</dd>`;
}
