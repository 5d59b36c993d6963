import { LitElement, css, html, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { localized, msg, str } from '@lit/localize';
import { virtualize } from '@lit-labs/virtualizer/virtualize.js';
import { FILE_FILTERS, countFiles, filterFiles, type FileFilter } from '../client/file-filter.ts';
import { formatNumber } from '../client/format.ts';
import type { FileRow } from '../engine-api.ts';
import type { DetailsToggledEvent } from './events.ts';
import { filterStyles } from './filter-styles.ts';
import { sharedStyles } from './shared-styles.ts';
import './hf-copy-button.ts';
import { HfFileRow } from './hf-file-row.ts';

/**
 * Up to so many rows are all in the page, for scripts and for the browser's own search; of more, only those near the window are:
 * ten thousand elements take seconds to make.
 */
const MAX_ROWS = 300;
/** From so many files on there is a field to search. */
const SEARCH_FROM = 12;

/** For rows whose details are not shown: what stays the same is not drawn again. */
const NO_FOLDERS: readonly string[] = [];

/** All files of an order, with filters and a search. */
@customElement('hf-file-list')
@localized()
export class HfFileList extends LitElement {
  static override readonly styles = [
    sharedStyles,
    filterStyles,
    css`
      .none {
        padding: 14px 8px 2px;
        border-top: 1px solid var(--line);
        color: var(--muted);
      }
      hf-file-row {
        width: 100%;
      }
    `,
  ];

  @property() order = '';
  /** The folders that saved files are in, `chips / A-1042`: a new array each time, mostly of the same words. */
  @property({ attribute: false, hasChanged: (now, before) => String(now) !== String(before) })
  folders: readonly string[] = [];
  @property({ attribute: false }) rows: readonly FileRow[] = [];
  /** What `senderOrder` says of the order. */
  @property({ attribute: false }) senderOrder = '';
  @state() private filter: FileFilter = 'all';
  @state() private search = '';
  /** The file whose details are shown. */
  @state() private opened: number | undefined;
  @query('[role=list]') private readonly list!: HTMLElement;

  /** Brings a file into view and shows its details, whatever the filter; with `focus` the keyboard goes there. */
  async reveal(file: number, focus: boolean): Promise<void> {
    this.filter = 'all';
    this.search = '';
    this.opened = file;
    await this.updateComplete;
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const row = this.#find(file) ?? (await this.#scrollTo(file));
    if (focus && row instanceof HfFileRow) row.focusDetails();
    row?.scrollIntoView({ block: 'center', behavior: still || this.rows.length > MAX_ROWS ? 'auto' : 'smooth' });
  }

  override render(): unknown {
    const shown = filterFiles(this.rows, this.filter, this.search);
    return html`<section class="card" @hf-details-toggled=${this.#toggled}>
      ${this.rows.length > 1 ? this.#filters() : nothing}
      ${
        this.rows.length > MAX_ROWS
          ? html`<div role="list" aria-label=${msg('Files')}>
              ${virtualize({ items: [...shown], renderItem: (row, i) => html`${this.#row(row, i, shown.length)}`, keyFunction })}
            </div>`
          : html`<div role="list" aria-label=${msg('Files')}>
              ${repeat(shown, keyFunction, (row, i) => this.#row(row, i, shown.length))}
            </div>`
      }
      ${shown.length === 0 && this.rows.length > 0 ? this.#none() : nothing}
    </section>`;
  }

  #row(row: FileRow, index: number, count: number): unknown {
    return html`<hf-file-row
      role="listitem"
      aria-setsize=${count}
      aria-posinset=${index + 1}
      data-file=${row.file}
      data-status=${row.status}
      .order=${this.order}
      .folders=${row.file === this.opened ? this.folders : NO_FOLDERS}
      .row=${row}
      .senderOrder=${this.senderOrder}
      .opened=${row.file === this.opened}
    ></hf-file-row>`;
  }

  #filters(): unknown {
    const counts = countFiles(this.rows);
    const words: Record<FileFilter, string> = {
      all: msg(str`All ${formatNumber(counts.all)}`),
      active: msg(str`Active ${formatNumber(counts.active)}`),
      saved: msg(str`Saved ${formatNumber(counts.saved)}`),
      waiting: msg(str`Waiting ${formatNumber(counts.waiting)}`),
      failed: msg(str`Needs you ${formatNumber(counts.failed)}`),
    };
    const hasSums = this.rows.some(({ sha256 }) => sha256 !== undefined);
    return html`<div class="filters" role="group" aria-label=${msg('Show files')}>
      ${FILE_FILTERS.map(
        (filter) =>
          html`<button aria-pressed=${filter === this.filter ? 'true' : 'false'} @click=${() => (this.filter = filter)}>
            ${words[filter]}
          </button>`,
      )}
      ${
        this.rows.length < SEARCH_FROM
          ? nothing
          : html`<input
              type="search"
              aria-label=${msg('Search files')}
              placeholder=${msg('Search files')}
              .value=${this.search}
              @input=${(event: Event) => (this.search = (event.target as HTMLInputElement).value)}
            />`
      }
      ${hasSums ? html`<hf-copy-button .text=${this.#checksums} .label=${msg('Copy all checksums')}></hf-copy-button>` : nothing}
    </div>`;
  }

  #none(): unknown {
    return html`<p class="none">
      ${this.search === '' ? msg('No file is in this state.') : msg(str`No file has “${this.search}” in its name.`)}
    </p>`;
  }

  #find(file: number): Element | null {
    return this.renderRoot.querySelector(`[data-file="${file}"]`);
  }

  /** Rows far from the window are not there yet: scrolls to about where the row will be, until it is. */
  async #scrollTo(file: number): Promise<Element | null> {
    const place = filterFiles(this.rows, 'all', '').findIndex((row) => row.file === file);
    for (let attempt = 0; attempt < 20 && place >= 0; attempt++) {
      const { top, height } = this.list.getBoundingClientRect();
      scrollTo(0, scrollY + top + (height * place) / this.rows.length - innerHeight / 2);
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      const row = this.#find(file);
      if (row) return row;
    }
    return null;
  }

  readonly #checksums = (): string => checksumList(this.rows);

  readonly #toggled = ({ file }: DetailsToggledEvent): void => {
    this.opened = this.opened === file ? undefined : file;
  };
}

/** All checksums, as `sha256sum -c` reads them. */
function checksumList(rows: readonly FileRow[]): string {
  return rows
    .map(({ sha256, savedAs, path }) => (sha256 === undefined ? '' : `${sha256}  ${savedAs ?? path}\n`))
    .join('');
}

function keyFunction({ file }: FileRow): number {
  return file;
}
