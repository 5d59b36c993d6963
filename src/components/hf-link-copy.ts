import { LitElement, css, html } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { localized, msg } from '@lit/localize';
import { sharedStyles } from './shared-styles.ts';

/** A link to take elsewhere. */
@customElement('hf-link-copy')
@localized()
export class HfLinkCopy extends LitElement {
  static override readonly styles = [
    sharedStyles,
    css`
      div {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      input {
        flex: 1 1 220px;
        min-width: 0;
        padding: 0 12px;
        min-height: 40px;
        border: 1px solid var(--line);
        border-radius: 9px;
        background: var(--page);
        color: inherit;
        font:
          0.87rem ui-monospace,
          monospace;
      }
    `,
  ];

  @property() link = '';
  @state() private copied = false;
  @query('input') private readonly field!: HTMLInputElement;

  override render(): unknown {
    return html`<div>
      <input readonly aria-label=${msg('Link')} .value=${this.link} />
      <button @click=${this.#copy}>${this.copied ? msg('Copied') : msg('Copy link')}</button>
    </div>`;
  }

  readonly #copy = (): void => {
    this.field.select();
    // navigator.clipboard does not exist outside a secure context, which is one of the cases this element is for.
    this.copied = document.execCommand('copy');
  };
}
