import { LitElement, css, html, nothing } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { localized, msg } from '@lit/localize';
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
        border: 1px solid var(--line);
        border-radius: 9px;
        background: var(--page);
        color: inherit;
        font:
          13px/1.5 ui-monospace,
          monospace;
        resize: vertical;
      }
      .note {
        margin-top: 12px;
      }
    `,
  ];

  /** True while the links are looked at. */
  @property({ type: Boolean }) busy = false;
  /** What was wrong with them. */
  @property() error = '';
  @query('dialog') private readonly dialog!: HTMLDialogElement;
  @query('textarea') private readonly text!: HTMLTextAreaElement;

  /** Opens the dialog with an empty field. */
  show(): void {
    this.text.value = '';
    this.dialog.showModal();
  }

  /** Closes it. */
  close(): void {
    this.dialog.close();
  }

  override render(): unknown {
    return html`<dialog aria-labelledby="title">
      <form @submit=${this.#submit}>
        <h2 id="title">${msg('New order')}</h2>
        <p class="muted">
          ${msg('Paste the order link from the sender, or share links from MinIO or S3, one a line. A newer link for files that are here already goes on from where they are.')}
        </p>
        <label for="links">${msg('Links')}</label>
        <textarea id="links" required spellcheck="false" autocomplete="off" autocapitalize="off"></textarea>
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
}
