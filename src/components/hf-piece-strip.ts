import { LitElement, css, html } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { PieceSet } from '../order/pieces.ts';
import type { FileRow } from '../engine-api.ts';
import { toneStyles } from './tone-styles.ts';

/** More pieces than this share a cell; in the whole map of a file they do above the larger number. */
const MAX_CELLS = 24;
const MAX_MAP = 4096;

type Tone = 'saved' | 'verified' | 'received' | 'bad' | 'empty';

/** A file's pieces as a row of cells, or as a map of all of them. A picture only: the row says the same in words. */
@customElement('hf-piece-strip')
export class HfPieceStrip extends LitElement {
  static override readonly styles = [
    toneStyles,
    css`
      :host {
        display: flex;
        gap: 2px;
      }
      :host([whole]) {
        flex-wrap: wrap;
      }
      i {
        flex: 1;
        max-width: 12px;
        height: 11px;
        border-radius: 3px;
      }
      :host([whole]) i {
        flex: none;
        width: 11px;
      }
    `,
  ];

  @property({ attribute: false }) row: FileRow | undefined;
  /** True for the map of all pieces. */
  @property({ type: Boolean, reflect: true }) whole = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.setAttribute('aria-hidden', 'true');
  }

  override render(): unknown {
    const { row, whole } = this;
    return row ? cellTones(row, whole ? MAX_MAP : MAX_CELLS).map((tone) => html`<i class=${tone}></i>`) : html``;
  }
}

function cellTones(row: FileRow, most: number): Tone[] {
  const cells = Math.min(most, Math.max(1, row.pieceCount));
  if (row.status === 'saved') return Array.from({ length: cells }, () => 'saved');
  const isWhole = row.status === 'handed-over' || (row.size > 0 && row.bytesVerified >= row.size);
  if (isWhole) return Array.from({ length: cells }, () => 'verified');
  const set = (bits: Uint8Array | undefined): PieceSet => new PieceSet(row.pieceCount, bits);
  const [verified, begun, bad] = [set(row.pieces), set(row.begun), set(row.bad)];
  return Array.from({ length: cells }, (_, cell): Tone => {
    const first = Math.floor((cell * row.pieceCount) / cells);
    const pieces = Array.from(
      { length: Math.floor(((cell + 1) * row.pieceCount) / cells) - first },
      (_each, i) => first + i,
    );
    if (pieces.some((piece) => bad.has(piece))) return 'bad';
    if (pieces.length > 0 && pieces.every((piece) => verified.has(piece))) return 'verified';
    return pieces.some((piece) => begun.has(piece) || verified.has(piece)) ? 'received' : 'empty';
  });
}
