import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { localized, msg } from '@lit/localize';
import { fileStatusWord } from '../client/order-words.ts';
import type { FileRow } from '../engine-api.ts';
import { FileChosenEvent } from './events.ts';
import { drawMap, fitTiles, readTones, tileAt, type Grid, type Tones } from './map-drawing.ts';
import { sharedStyles } from './shared-styles.ts';
import { toneStyles } from './tone-styles.ts';

const KEYS: Readonly<Record<string, (file: number, grid: Grid) => number>> = {
  ArrowLeft: (file) => file - 1,
  ArrowRight: (file) => file + 1,
  ArrowUp: (file, { columns }) => file - columns,
  ArrowDown: (file, { columns }) => file + columns,
  Home: () => 0,
  End: () => Infinity,
};

/**
 * One tile a file, filling as its pieces arrive; a click, or Enter, leads to the file. On a canvas, so that ten thousand files are as
 * smooth as ten. To a screen reader it is a slider: the arrow keys name one file after the other.
 */
@customElement('hf-order-map')
@localized()
export class HfOrderMap extends LitElement {
  static override readonly styles = [
    sharedStyles,
    toneStyles,
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
        color: var(--muted);
        font-size: 0.87rem;
      }
      i {
        forced-color-adjust: none;
        display: inline-block;
        width: 10px;
        height: 10px;
        margin-right: 6px;
        border-radius: 3px;
      }
      .map {
        position: relative;
        border-radius: 6px;
        cursor: pointer;
      }
      canvas {
        display: block;
        width: 100%;
      }
      .name {
        position: absolute;
        z-index: 1;
        max-width: min(320px, 80%);
        padding: 4px 10px;
        border-radius: 7px;
        background: var(--text);
        color: var(--card);
        font-size: 0.87rem;
        overflow-wrap: anywhere;
        pointer-events: none;
      }
    `,
  ];

  @property({ attribute: false }) rows: readonly FileRow[] = [];
  /** The file under the pointer or the keyboard's cursor. */
  @state() private pointed: number | undefined;
  @query('canvas') private readonly canvas!: HTMLCanvasElement | null;
  @query('header') private readonly header!: Element | null;
  #grid: Grid | undefined;
  #cursor = 0;
  /** Width of the map in CSS pixels, and the tones of the scheme: asked for at each drawing, they would lay the page out anew. */
  #width = 0;
  #observed: Element | null = null;
  #tones: Tones | undefined;
  readonly #resized = new ResizeObserver(([entry]) => {
    this.#width = entry?.contentRect.width ?? 0;
    this.#draw();
  });
  readonly #scheme = matchMedia('(prefers-color-scheme: dark)');
  readonly #schemeChanged = (): void => {
    this.#tones = undefined;
    this.#draw();
  };
  readonly #schemeChosen = new MutationObserver(this.#schemeChanged);

  override connectedCallback(): void {
    super.connectedCallback();
    this.#scheme.addEventListener('change', this.#schemeChanged);
    window.addEventListener('keydown', this.#dismissed);
    this.#schemeChosen.observe(document.documentElement, { attributeFilter: ['data-scheme'] });
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
    this.#observed = null;
    this.#scheme.removeEventListener('change', this.#schemeChanged);
    window.removeEventListener('keydown', this.#dismissed);
    this.#schemeChosen.disconnect();
  }

  override render(): unknown {
    // without checksums nothing is verified: what is received is kept, and that is all
    const checked = this.rows.every(({ checksums }) => checksums);
    const legend = [
      ['saved', msg('saved')],
      ...(checked
        ? ([
            ['verified', msg('verified')],
            ['received', msg('received')],
          ] as const)
        : ([['verified', msg('received')]] as const)),
      ['empty', msg('waiting')],
      ['bad', msg('needs you')],
    ] as const;
    const row = this.rows[this.#cursor];
    return html`<section class="card">
      <header>
        <h2>${msg('Map of the files')}</h2>
        <div class="legend">${legend.map(([tone, word]) => html`<span><i class=${tone}></i>${word}</span>`)}</div>
      </header>
      <div
        class="map"
        role="slider"
        tabindex="0"
        aria-label=${msg('Map of the files')}
        aria-valuemin="1"
        aria-valuemax=${this.rows.length}
        aria-valuenow=${this.#cursor + 1}
        aria-valuetext=${row ? describe(row) : nothing}
        @keydown=${this.#moved}
        @focus=${() => (this.pointed = this.#cursor)}
        @blur=${this.#left}
        @pointermove=${this.#hovered}
        @pointerleave=${this.#left}
        @click=${this.#clicked}
      >
        <canvas></canvas>
        ${this.#name()}
      </div>
    </section>`;
  }

  protected override updated(changed: PropertyValues): void {
    if (this.header !== this.#observed) {
      this.#resized.disconnect();
      this.#observed = this.header;
      // as wide as the map, and its height does not follow from what is drawn
      if (this.header) this.#resized.observe(this.header);
    }
    if (changed.has('rows') || changed.has('pointed')) this.#draw();
  }

  /** Names the pointed file beside its tile. */
  #name(): unknown {
    const row = this.pointed === undefined ? undefined : this.rows[this.pointed];
    if (!row || !this.#grid) return nothing;
    const { columns, pitch } = this.#grid;
    const left = (row.file % columns) * pitch;
    const top = (Math.floor(row.file / columns) + 1) * pitch + 4;
    const right = left > (columns * pitch) / 2;
    const side = right ? `right:calc(100% - ${left + pitch}px)` : `left:${left}px`;
    return html`<span class="name" aria-hidden="true" .style=${`top:${top}px;${side}`}>${describe(row)}</span>`;
  }

  readonly #draw = (): void => {
    const { canvas, rows } = this;
    if (!canvas || this.#width === 0) return;
    this.#grid = fitTiles(rows.length, this.#width);
    this.#tones ??= readTones(this);
    drawMap(canvas, rows, this.#grid, this.#tones, this.pointed);
  };

  readonly #moved = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') this.dispatchEvent(new FileChosenEvent(this.#cursor, true));
    const move = KEYS[event.key];
    if (!move || !this.#grid) return;
    event.preventDefault();
    this.#cursor = Math.max(0, Math.min(this.rows.length - 1, move(this.#cursor, this.#grid)));
    this.pointed = this.#cursor;
  };

  /** What covers something else can be sent away without moving the pointer (WCAG 1.4.13). */
  readonly #dismissed = ({ key }: KeyboardEvent): void => {
    if (key === 'Escape') this.pointed = undefined;
  };

  readonly #hovered = (event: PointerEvent): void => void (this.pointed = this.#at(event));
  readonly #left = (): void => void (this.pointed = undefined);

  readonly #clicked = (event: MouseEvent): void => {
    const file = this.#at(event);
    if (file === undefined) return;
    this.#cursor = file;
    this.dispatchEvent(new FileChosenEvent(file, false));
  };

  #at(event: MouseEvent): number | undefined {
    const box = this.canvas?.getBoundingClientRect();
    if (!box || !this.#grid) return undefined;
    return tileAt(this.#grid, event.clientX - box.left, event.clientY - box.top, this.rows.length);
  }
}

function describe(row: FileRow): string {
  return `${row.path} · ${fileStatusWord(row)}`;
}
