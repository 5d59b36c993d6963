import { LitElement, css, html } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { localized, msg, str } from '@lit/localize';
import { formatNumber } from '../client/format.ts';
import type { FileRow, FileStatus } from '../engine-api.ts';
import { sharedStyles } from './shared-styles.ts';
import './hf-file-row.ts';

type Filter = 'all' | 'active' | 'saved' | 'waiting' | 'failed';

const MATCHES: Record<Filter, (status: FileStatus) => boolean> = {
  all: () => true,
  active: (status) => status === 'downloading' || status === 'verified' || status === 'saving',
  saved: (status) => status === 'saved' || status === 'handed-over',
  waiting: (status) => status === 'waiting' || status === 'paused',
  failed: (status) => status === 'failed',
};

/** All files of an order, with a filter. */
@customElement('hf-file-list')
@localized()
export class HfFileList extends LitElement {
  static override readonly styles = [
    sharedStyles,
    css`
      .filters {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        margin-bottom: 12px;
      }
      .filters button {
        min-height: 28px;
        padding: 0 12px;
        border: 0;
        border-radius: 14px;
        background: var(--quiet);
        color: var(--muted);
        font-size: 0.87rem;
      }
      .filters button[aria-pressed='true'] {
        background: var(--accent);
        color: var(--on-accent);
      }
      .none {
        padding: 14px 8px 2px;
        border-top: 1px solid var(--line);
        color: var(--muted);
      }
    `,
  ];

  @property() order = '';
  @property({ attribute: false }) rows: readonly FileRow[] = [];
  @state() private filter: Filter = 'all';

  /** Brings a file into view, whatever the filter. */
  async reveal(file: number): Promise<void> {
    this.filter = 'all';
    await this.updateComplete;
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const row = this.renderRoot.querySelector(`[data-file="${file}"]`);
    row?.scrollIntoView({ block: 'center', behavior: still ? 'auto' : 'smooth' });
  }

  override render(): unknown {
    const shown = this.rows.filter(({ status }) => MATCHES[this.filter](status));
    return html`<section class="card">
      ${this.rows.length > 1 ? this.#filters() : html``}
      <div role="list" aria-label=${msg('Files')}>
        ${repeat(
          shown,
          ({ file }) => file,
          (row) =>
            html`<hf-file-row
              role="listitem"
              data-file=${row.file}
              data-status=${row.status}
              .order=${this.order}
              .row=${row}
            ></hf-file-row>`,
        )}
      </div>
      ${shown.length === 0 && this.rows.length > 0 ? html`<p class="none">${msg('No file is in this state.')}</p>` : html``}
    </section>`;
  }

  #filters(): unknown {
    const count = (filter: Filter): string =>
      formatNumber(this.rows.filter(({ status }) => MATCHES[filter](status)).length);
    const words: Record<Filter, string> = {
      all: msg(str`All ${count('all')}`),
      active: msg(str`Active ${count('active')}`),
      saved: msg(str`Saved ${count('saved')}`),
      waiting: msg(str`Waiting ${count('waiting')}`),
      failed: msg(str`Needs you ${count('failed')}`),
    };
    return html`<div class="filters" role="group" aria-label=${msg('Show files')}>
      ${(Object.keys(words) as Filter[]).map(
        (filter) =>
          html`<button aria-pressed=${filter === this.filter ? 'true' : 'false'} @click=${() => (this.filter = filter)}>
            ${words[filter]}
          </button>`,
      )}
    </div>`;
  }
}
