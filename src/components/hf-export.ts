import { LitElement, css, html } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { localized, msg, str } from '@lit/localize';
import { download } from '../client/download.ts';
import type { EngineClient } from '../client/engine-client.ts';
import { formatMoment } from '../client/format.ts';
import { describeError } from '../client/messages.ts';
import type { OrderExport, OrderSummary } from '../engine-api.ts';
import { canTakeBundles, exportFormats, writeExport, type ExportFormat } from '../order/write-export.ts';
import { sharedStyles } from './shared-styles.ts';

const words: Readonly<Record<ExportFormat, () => string>> = {
  metalink: () => msg('aria2 and other download managers (Metalink): checks and repairs every piece'),
  aria2: () => msg('aria2, as a list: checks whole files'),
  curl: () => msg('curl, as a script for Linux and macOS: goes on where it stopped, checks whole files'),
  powershell: () => msg('PowerShell, as a script for Windows: goes on where it stopped, checks whole files'),
  rclone: () => msg('rclone, as a script: into another store, checks whole files'),
};

/** Saves the order as a file for another program. Loaded when it is asked for: the formats are not part of the first view. */
@customElement('hf-export')
@localized()
export class HfExport extends LitElement {
  static override readonly styles = [
    sharedStyles,
    css`
      form {
        display: flex;
        flex-wrap: wrap;
        gap: 10px 16px;
        align-items: center;
      }
      select {
        flex: 1 1 320px;
        min-width: 0;
      }
    `,
  ];

  @property({ attribute: false }) client!: EngineClient;
  @property({ attribute: false }) summary: OrderSummary | undefined;
  @state() private busy = false;
  @state() private said = '';
  @query('select') private readonly select!: HTMLSelectElement;

  override render(): unknown {
    return html`<p class="muted">
        ${msg(
          'Another program can fetch these files as well: on a server, or by a script. The file that is saved here holds links that work for whoever has it, so keep it to yourself.',
        )}
      </p>
      <form @submit=${this.#submit}>
        <select aria-label=${msg('Program')}>
          ${exportFormats.map((format) => html`<option value=${format}>${words[format]()}</option>`)}
        </select>
        <button ?disabled=${this.busy}>${msg('Save the list')}</button>
      </form>
      <p aria-live="polite">${this.said}</p>`;
  }

  readonly #submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const { summary } = this;
    if (!summary || this.busy) return;
    this.busy = true;
    try {
      const outcome = await this.client.command((engine) => engine.exportOrder(summary.order));
      this.said = outcome.ok
        ? this.#save(outcome.value, this.select.value as ExportFormat)
        : describeError(outcome.error);
    } finally {
      this.busy = false;
    }
  };

  /** Hands the list to the browser's downloads and says for how long it is good. */
  #save({ order, endsAt }: OrderExport, format: ExportFormat): string {
    if (order.files.some(({ isBundled }) => isBundled) && !canTakeBundles(format))
      return msg(
        'The files of this order are packed in bundles, out of which only curl and PowerShell can fetch them. Choose one of these.',
      );
    const { name, text } = writeExport(order, format);
    download(new Blob([text], { type: 'application/octet-stream' }), name);
    return endsAt === undefined
      ? msg(str`${name} went to your downloads.`)
      : msg(
          str`${name} went to your downloads. Its links work until ${formatMoment(endsAt)}; after that, save the list again.`,
        );
  }
}
