import { LitElement, css, html, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { localized, msg } from '@lit/localize';
import { readLinkFiles } from '../client/launches.ts';
import { AddLinksEvent } from './events.ts';
import { sharedStyles } from './shared-styles.ts';

/** Takes an order link or share links. */
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
          13px/1.5 ui-monospace,
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
      form.over textarea {
        border-color: var(--accent);
        background: var(--quiet);
      }
    `,
  ];

  /** True while the links are looked at. */
  @property({ type: Boolean }) busy = false;
  /** What was wrong with them. */
  @property() error = '';
  /** True while a file is held over the dialog. */
  @state() private over = false;
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
    return html`<dialog aria-labelledby="title">
      <form
        class=${this.over ? 'over' : ''}
        @submit=${this.#submit}
        @dragover=${this.#dragged}
        @dragleave=${() => (this.over = false)}
        @drop=${this.#dropped}
      >
        <h2 id="title">${msg('New order')}</h2>
        <p class="muted">
          ${msg('Paste the order link from the sender, or share links from MinIO or S3, one a line. A newer link for files that are here already goes on from where they are.')}
        </p>
        <label for="links">${msg('Links')}</label>
        <textarea id="links" required spellcheck="false" autocomplete="off" autocapitalize="off"></textarea>
        <div class="files">
          <button type="button" @click=${this.#choose}>${msg('Open a file')}</button>
          <span class="muted">${msg('or drop one here: .txt, .csv or .meta4')}</span>
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

  readonly #dragged = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    this.over = true;
  };

  readonly #dropped = async (event: DragEvent): Promise<void> => {
    this.over = false;
    const { files } = event.dataTransfer ?? {};
    if (!files?.length) return;
    event.preventDefault();
    // the page below takes files, too: those of an order
    event.stopPropagation();
    this.text.value = await readLinkFiles(files);
  };

  readonly #choose = (): void => {
    const chooser = Object.assign(document.createElement('input'), {
      type: 'file',
      accept: '.txt,.csv,.meta4,.metalink',
      multiple: true,
    });
    chooser.addEventListener('change', () => {
      if (chooser.files) void readLinkFiles(chooser.files).then((text) => (this.text.value = text));
    });
    chooser.click();
  };
}
