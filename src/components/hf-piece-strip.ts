import { LitElement, css, html } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { PieceSet } from '../order/pieces.ts';
import type { FileRow } from '../engine-api.ts';

/** More pieces than this share a cell. */
const MAX_CELLS = 24;

type Tone = 'saved' | 'verified' | 'received' | 'empty';

/** A file's pieces as a row of cells. A picture only: the row says the same in words. */
@customElement('hf-piece-strip')
export class HfPieceStrip extends LitElement {
  static override readonly styles = css`
    :host {
      display: flex;
      gap: 2px;
    }
    i {
      flex: 1;
      max-width: 12px;
      height: 11px;
      border-radius: 3px;
      background: var(--empty);
    }
    .saved {
      background: var(--saved);
    }
    .verified {
      background: var(--verified);
    }
    .received {
      background: var(--received);
    }
  `;

  @property({ attribute: false }) row: FileRow | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.setAttribute('aria-hidden', 'true');
  }

  override render(): unknown {
    return this.row ? cellTones(this.row).map((tone) => html`<i class=${tone}></i>`) : html``;
  }
}

function cellTones(row: FileRow): Tone[] {
  const cells = Math.min(MAX_CELLS, Math.max(1, row.pieceCount));
  if (row.status === 'saved') return Array.from({ length: cells }, () => 'saved');
  if (row.pieces === undefined) {
    const all = row.status === 'handed-over' || (row.size > 0 && row.bytesVerified >= row.size);
    return withReceived(
      Array.from({ length: cells }, () => (all ? 'verified' : 'empty')),
      row,
    );
  }
  const pieces = new PieceSet(row.pieceCount, row.pieces);
  const tones = Array.from({ length: cells }, (_, cell): Tone => {
    const end = Math.floor(((cell + 1) * row.pieceCount) / cells);
    for (let piece = Math.floor((cell * row.pieceCount) / cells); piece < end; piece++) {
      if (!pieces.has(piece)) return 'empty';
    }
    return 'verified';
  });
  return withReceived(tones, row);
}

/** Bytes that are received but not verified yet light up as many of the first empty cells as they would fill. */
function withReceived(tones: Tone[], { size, bytesReceived, bytesVerified }: FileRow): Tone[] {
  let left = size === 0 ? 0 : Math.ceil(((bytesReceived - bytesVerified) / size) * tones.length);
  return tones.map((tone) => (tone === 'empty' && left-- > 0 ? 'received' : tone));
}
