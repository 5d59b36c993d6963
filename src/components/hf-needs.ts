import { LitElement, css, html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { localized, msg, str } from '@lit/localize';
import { formatBytes, formatNumber, joinSentences } from '../client/format.ts';
import { diskNeeded, freeBytes, goesToFolder, mayBeShort } from '../client/space.ts';
import type { OrderSummary, Snapshot } from '../engine-api.ts';
import { fact, factStyles } from './facts.ts';
import { sharedStyles } from './shared-styles.ts';

/** What an order will take, said before it is started: size, disk space, and what is known of the disk. */
@customElement('hf-needs')
@localized()
export class HfNeeds extends LitElement {
  static override readonly styles = [
    sharedStyles,
    factStyles,
    css`
      p {
        margin-top: 14px;
      }
    `,
  ];

  @property({ attribute: false }) summary: OrderSummary | undefined;
  @property({ attribute: false }) snapshot: Snapshot | undefined;
  /** The browser's promise not to clear; undefined until it has answered. */
  @state() private kept: boolean | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    void navigator.storage.persisted().then((kept) => (this.kept = kept));
  }

  override render(): unknown {
    const { summary, snapshot } = this;
    if (!summary || !snapshot) return nothing;
    const free = freeBytes(snapshot);
    const needed = goesToFolder(snapshot)
      ? msg('disk needed while it runs, beside the files')
      : msg('disk needed beside the downloads, until you confirm them');
    return html`<dl>
        ${fact(formatNumber(summary.files), summary.files === 1 ? msg('file') : msg('files'))}
        ${fact(formatBytes(summary.bytes), msg('in all'))} ${fact(formatBytes(diskNeeded(summary, snapshot)), needed)}
        ${fact(free === undefined ? '–' : msg(str`about ${formatBytes(free)}`), msg('free, by the browser’s guess'))}
      </dl>
      <p class="muted">
        ${joinSentences(
          msg(
            'The browser does not tell how full the disk really is. When there is no room left, everything is kept and waits.',
          ),
          this.#promise(),
        )}
      </p>
      ${
        mayBeShort(summary, snapshot)
          ? html`<p class="note">
              ${msg('There may be too little free space on this disk. It can start all the same, and waits when the disk is full.')}
            </p>`
          : nothing
      }`;
  }

  #promise(): string {
    if (this.kept === undefined) return '';
    return this.kept
      ? msg('The browser has promised to clear nothing of it.')
      : msg('When the disk runs very low, it may clear what is not saved yet, which is then fetched again.');
  }
}
