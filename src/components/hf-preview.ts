import { LitElement, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { localized, msg, str } from '@lit/localize';
import type { EngineClient } from '../client/engine-client.ts';
import { formatBytes, formatPercent } from '../client/format.ts';
import { currentLocale } from '../client/localization.ts';
import { describeError } from '../client/messages.ts';
import { answerPreviews, previewsAreAnswered } from '../client/previews.ts';
import { TextFile } from '../client/text-file.ts';
import type { FileRow, OrderSummary } from '../engine-api.ts';
import { previewType } from '../order/preview-type.ts';
import { previewPath } from '../preview-port.ts';
import { previewStyles } from './preview-styles.ts';
import { sharedStyles } from './shared-styles.ts';

/**
 * Shows a picture, a film, a sound or a text out of the app's own bytes, while the rest of it arrives. It lives as long as it is open:
 * taken out of the page, nothing asks for bytes any more. Sends `close`.
 */
@customElement('hf-preview')
@localized()
export class HfPreview extends LitElement {
  static override readonly styles = [sharedStyles, previewStyles];

  @property({ attribute: false }) client!: EngineClient;
  @property({ attribute: false }) summary!: OrderSummary;
  @property({ attribute: false }) row!: FileRow;
  /** True once something of it is seen. */
  @state() private shown = false;
  /** Why it cannot be shown. */
  @state() private failure = '';
  /** Counts what was tried; elements get their address only when requests are answered. */
  @state() private attempt = 0;
  @state() private text: TextFile | undefined;
  @query('dialog') private readonly dialog!: HTMLDialogElement;
  #endAnswers: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#begin();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#endAnswers?.();
  }

  override render(): unknown {
    return html`<dialog aria-labelledby="title" @close=${this.#closed}>
      <header>
        <h2 id="title">${this.row.path}</h2>
        <button @click=${() => this.dialog.close()}>${msg('Close')}</button>
      </header>
      <p class="muted">${this.#progress()}</p>
      <p class=${this.failure === '' ? 'muted' : 'note'} role="status">${this.#status()}</p>
      ${this.failure === '' ? this.#content() : this.#again()}
    </dialog>`;
  }

  protected override firstUpdated(): void {
    this.dialog.showModal();
  }

  protected override updated(changed: PropertyValues): void {
    // what could not be shown may have been saved or fetched again meanwhile
    const before = changed.get('row') as FileRow | undefined;
    if (before && before.status !== this.row.status && this.failure !== '') void this.#begin();
  }

  #progress(): string {
    const { size, bytesVerified } = this.row;
    if (bytesVerified >= size) return formatBytes(size);
    return msg(str`${formatPercent(bytesVerified / size)} of ${formatBytes(size)} is here`);
  }

  #status(): string {
    if (this.failure !== '') return this.failure;
    const { state: order } = this.summary;
    const stopped = order === 'paused' || order === 'ready';
    if (stopped && this.row.bytesVerified < this.row.size) {
      return msg('This order is not running: only what has arrived can be shown.');
    }
    return this.shown ? '' : msg('Waiting for its first bytes…');
  }

  #content(): unknown {
    const { row, summary } = this;
    const kind = previewType(row.path)?.kind;
    if (kind === 'text') return this.#textContent();
    if (this.attempt === 0) return nothing;
    const address = `${previewPath(summary.order, row.file)}?${this.attempt}`;
    switch (kind) {
      case 'image':
        return html`<img src=${address} alt=${row.path} @load=${this.#seen} @error=${this.#mediaFailed} />`;
      case 'video':
        return html`<video
          controls
          src=${address}
          aria-label=${row.path}
          @loadedmetadata=${this.#seen}
          @error=${this.#mediaFailed}
        ></video>`;
      case 'audio':
        return html`<audio
          controls
          src=${address}
          aria-label=${row.path}
          @loadedmetadata=${this.#seen}
          @error=${this.#mediaFailed}
        ></audio>`;
      case undefined:
        return nothing;
    }
  }

  /** As it is written, never as markup. */
  #textContent(): unknown {
    if (!this.shown || !this.text) return nothing;
    return html`<pre tabindex="0" role="region" aria-label=${this.row.path}>${this.text.text}</pre>
      ${
        this.text.whole
          ? nothing
          : html`<div class="buttons"><button @click=${this.#more}>${msg('Show more')}</button></div>`
      }`;
  }

  #again(): unknown {
    return html`<div class="buttons"><button @click=${() => void this.#begin()}>${msg('Try again')}</button></div>`;
  }

  async #begin(): Promise<void> {
    this.failure = '';
    this.shown = false;
    if (previewType(this.row.path)?.kind === 'text') {
      const { order } = this.summary;
      const { file } = this.row;
      const read = (start: number) => this.client.command((engine) => engine.preview(order, file, start));
      this.text = new TextFile(read, currentLocale() === 'zh-Hans');
      await this.#more();
      return;
    }
    this.#endAnswers ??= answerPreviews(this.client);
    if (await previewsAreAnswered()) this.attempt++;
    else
      this.failure = msg(
        'This window cannot show it: the browser allows no service worker here. The download is not affected.',
      );
  }

  readonly #more = async (): Promise<void> => {
    const error = await this.text?.more(() => this.isConnected);
    if (error) this.failure = describeError(error);
    else this.shown = true;
    this.requestUpdate();
  };

  readonly #seen = (): void => void (this.shown = true);

  /** Elements do not say what went wrong: the engine knows whether it is the bytes. */
  readonly #mediaFailed = async (): Promise<void> => {
    const { order } = this.summary;
    const { file } = this.row;
    const bytes = await this.client.command((engine) => engine.preview(order, file, 0));
    this.failure = bytes.ok
      ? msg('This browser cannot show this file. It is delivered with the others: open it in another program.')
      : describeError(bytes.error);
  };

  readonly #closed = (): void => void this.dispatchEvent(new Event('close'));
}
