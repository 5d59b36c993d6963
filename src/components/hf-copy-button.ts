import { LitElement, css, html, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { localized, msg } from '@lit/localize';
import { sharedStyles } from './shared-styles.ts';

/** Copies a text to the clipboard, and says whether the browser let it. */
@customElement('hf-copy-button')
@localized()
export class HfCopyButton extends LitElement {
  static override readonly styles = [
    sharedStyles,
    css`
      :host {
        display: inline-block;
      }
    `,
  ];

  /** What is copied; a function where it costs something to make. */
  @property({ attribute: false }) text: string | (() => string) = '';
  /** The button's name before anything was copied. */
  @property() label = '';
  @state() private outcome: 'none' | 'copied' | 'refused' = 'none';

  override render(): unknown {
    const words = { none: this.label, copied: msg('Copied'), refused: msg('The browser did not allow it') };
    return html`<button @click=${this.#copy}>${words[this.outcome]}</button>`;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('text')) this.outcome = 'none';
  }

  readonly #copy = async (): Promise<void> => {
    const text = typeof this.text === 'string' ? this.text : this.text();
    this.outcome = await navigator.clipboard.writeText(text).then(
      () => 'copied',
      () => 'refused',
    );
  };
}
