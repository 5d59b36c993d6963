import { LitElement, html } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { localized, msg, str } from '@lit/localize';
import { formatBytes } from '../client/format.ts';
import type { OrderSummary } from '../engine-api.ts';
import { sharedStyles } from './shared-styles.ts';

/** Says what removing an order does to its bytes, and asks. */
@customElement('hf-remove-dialog')
@localized()
export class HfRemoveDialog extends LitElement {
  static override readonly styles = sharedStyles;

  @state() private summary: OrderSummary | undefined;
  @query('dialog') private readonly dialog!: HTMLDialogElement;
  #answer: ((confirmed: boolean) => void) | undefined;

  /** Asks; true when the user confirmed. */
  ask(summary: OrderSummary): Promise<boolean> {
    this.summary = summary;
    this.dialog.returnValue = '';
    this.dialog.showModal();
    return new Promise((resolve) => (this.#answer = resolve));
  }

  override render(): unknown {
    const { summary } = this;
    return html`<dialog aria-labelledby="title" @close=${this.#closed}>
      <h2 id="title">${summary ? msg(str`Remove ${summary.title}?`) : ''}</h2>
      <p>${summary ? describe(summary) : ''}</p>
      <form method="dialog" class="buttons">
        <button value="" autofocus>${msg('Cancel')}</button>
        <button value="remove" class="danger">${msg('Remove')}</button>
      </form>
    </dialog>`;
  }

  readonly #closed = (): void => {
    this.#answer?.(this.dialog.returnValue === 'remove');
    this.#answer = undefined;
  };
}

function describe({ bytesOnDisk, state, filesHandedOver, filesUnconfirmed }: OrderSummary): string {
  if (state === 'done' && filesHandedOver > 0 && filesUnconfirmed === 0) {
    return msg('The order leaves this list. Its files stay where they are.');
  }
  if (state === 'done' && filesHandedOver === 0) {
    return msg('The order leaves this list. The saved files stay in your folder.');
  }
  if (filesUnconfirmed > 0) {
    return msg(
      'The app’s own copies are deleted. Check first that the browser’s downloads are complete: files there stay.',
    );
  }
  const parts = formatBytes(bytesOnDisk);
  return msg(
    str`${parts} of received parts that are not saved yet are deleted. Files that are saved stay in your folder.`,
  );
}
