import { LitElement, css, html } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { localized, msg } from '@lit/localize';
import { fileStatusWord } from '../client/order-words.ts';
import type { FileRow } from '../engine-api.ts';
import { FileChosenEvent } from './events.ts';
import { sharedStyles } from './shared-styles.ts';

/** Above this many files the tiles would be too small to read, and too many elements. */
const MAX_TILES = 1000;

/** One tile a file, filling as its pieces arrive. A picture: screen readers get the sentence and the list instead. */
@customElement('hf-order-map')
@localized()
export class HfOrderMap extends LitElement {
  static override readonly styles = [
    sharedStyles,
    css`
      header {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        justify-content: space-between;
        gap: 4px 16px;
        margin-bottom: 10px;
      }
      .legend {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 14px;
        font-size: 0.85rem;
        color: var(--muted);
      }
      .legend i {
        display: inline-block;
        width: 9px;
        height: 9px;
        margin-right: 6px;
        border-radius: 3px;
        background: var(--tone);
      }
      .tiles {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(22px, 1fr));
        gap: 4px;
      }
      .tiles.many {
        grid-template-columns: repeat(auto-fill, minmax(13px, 1fr));
        gap: 3px;
      }
      .tiles b {
        aspect-ratio: 1;
        max-width: 34px;
        border-radius: 5px;
        overflow: hidden;
        background: linear-gradient(to top, var(--tone) var(--fill), var(--empty) var(--fill));
        cursor: pointer;
      }
      .many b {
        border-radius: 3px;
      }
      .saved,
      .handed-over {
        --tone: var(--saved);
      }
      .handed-over {
        --tone: var(--verified);
      }
      .verified,
      .saving,
      .paused,
      .waiting,
      .downloading {
        --tone: var(--verified);
      }
      .received {
        --tone: var(--received);
      }
      .empty {
        --tone: var(--empty);
      }
      .failed {
        --tone: var(--danger);
      }
      .tiles .downloading,
      .tiles .saving {
        outline: 2px solid var(--accent);
        outline-offset: 0;
      }
    `,
  ];

  @property({ attribute: false }) rows: readonly FileRow[] = [];

  override render(): unknown {
    if (this.rows.length < 2 || this.rows.length > MAX_TILES) return html``;
    const legend = [
      ['saved', msg('saved')],
      ['verified', msg('verified')],
      ['empty', msg('waiting')],
      ['failed', msg('needs you')],
    ] as const;
    return html`<section class="card" aria-hidden="true">
      <header>
        <h2>${msg('Files')}</h2>
        <div class="legend">${legend.map(([tone, word]) => html`<span><i class=${tone}></i>${word}</span>`)}</div>
      </header>
      <div class="tiles ${this.rows.length > 300 ? 'many' : ''}" @click=${this.#choose}>
        ${this.rows.map(
          (row) =>
            html`<b
              class=${row.status}
              title=${`${row.path} · ${fileStatusWord(row.status)}`}
              data-tile=${row.file}
              .style=${`--fill:${fill(row)}%`}
            ></b>`,
        )}
      </div>
    </section>`;
  }

  readonly #choose = (event: Event): void => {
    const tile = event.target instanceof HTMLElement ? event.target.dataset['tile'] : undefined;
    if (tile !== undefined) this.dispatchEvent(new FileChosenEvent(Number(tile)));
  };
}

/** How full a tile is, in whole percent. */
function fill({ status, size, bytesVerified }: FileRow): number {
  if (status === 'saved' || status === 'handed-over' || status === 'failed') return 100;
  return size === 0 ? (status === 'waiting' ? 0 : 100) : Math.floor((100 * bytesVerified) / size);
}
