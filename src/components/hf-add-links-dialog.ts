import { LitElement, css, html, nothing } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { localized, msg } from '@lit/localize';
import { AddFilesEvent, AddLinksEvent } from './events.ts';
import { sharedStyles } from './shared-styles.ts';

/** Takes an order link, share links, or files with them. Tells by `hf-closed` that it was closed, however. */
@customElement('hf-add-links-dialog')
@localized()
export class HfAddLinksDialog extends LitElement {
  static override readonly styles = [
    sharedStyles,
    css`
      label {
        display: block;
        margin: 14px 0 6px;
        font-weight: 600;
      }
      textarea {
        display: block;
        width: 100%;
        min-height: 150px;
        padding: 10px 12px;
        background: var(--page);
        font:
          0.87rem/1.5 ui-monospace,
          monospace;
        resize: vertical;
      }
      .note {
        margin-top: 12px;
      }
      .files {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 12px;
        margin-top: 10px;
      }
    `,
  ];

  /** True while the links are looked at. */
  @property({ type: Boolean }) busy = false;
  /** What was wrong with them. */
  @property() error = '';
  @query('dialog') private readonly dialog!: HTMLDialogElement;
  @query('textarea') private readonly text!: HTMLTextAreaElement;

  /** Opens the dialog with `text` in its field. */
  show(text = ''): void {
    this.text.value = text;
    if (!this.dialog.open) this.dialog.showModal();
  }

  /** Closes it. */
  close(): void {
    this.dialog.close();
  }

  override render(): unknown {
    return html`<dialog aria-labelledby="title" @close=${() => this.dispatchEvent(new Event('hf-closed'))}>
      <form @submit=${this.#submit}>
        <h2 id="title">${msg('New order')}</h2>
        <p class="muted">
          ${msg('Paste the order link from the sender, or share links from MinIO or S3, one a line. A newer link for files that are here already goes on from where they are.')}
        </p>
        <label for="links">${msg('Links')}</label>
        <textarea id="links" required spellcheck="false" autocomplete="off" autocapitalize="off"></textarea>
        <div class="files">
          <button type="button" @click=${this.#choose}>${msg('Open a file')}</button>
          <span class="muted">${msg('or drop one anywhere in this window: .meta4, .txt or .csv')}</span>
        </div>
        ${this.error === '' ? nothing : html`<p class="note danger" role="alert">${this.error}</p>`}
        <div class="buttons">
          <button type="button" @click=${this.close}>${msg('Cancel')}</button>
          <button class="main" type="submit" ?disabled=${this.busy}>${msg('Add')}</button>
        </div>
      </form>
    </dialog>`;
  }

  readonly #submit = (event: SubmitEvent): void => {
    event.preventDefault();
    this.dispatchEvent(new AddLinksEvent(this.text.value));
  };

  readonly #choose = (): void => {
    const chooser = Object.assign(document.createElement('input'), {
      type: 'file',
      accept: '.txt,.csv,.meta4,.metalink',
      multiple: true,
    });
    chooser.addEventListener('change', () => {
      if (chooser.files) this.dispatchEvent(new AddFilesEvent([...chooser.files]));
    });
    chooser.click();
  };
}
