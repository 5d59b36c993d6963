import { LitElement, css, html, nothing } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { localized, msg } from '@lit/localize';
import { PasswordEvent } from './events.ts';
import { sharedStyles } from './shared-styles.ts';

/** Asks for the password that the sender gave beside the link. */
@customElement('hf-password')
@localized()
export class HfPassword extends LitElement {
  static override readonly styles = [
    sharedStyles,
    css`
      form {
        display: grid;
        gap: 14px;
        max-width: 480px;
        margin: 24px auto;
        padding: 28px;
      }
      h1 {
        font-size: 1.35rem;
      }
      label {
        display: grid;
        gap: 6px;
        font-weight: 600;
      }
    `,
  ];

  /** True once a password was given that is not right. */
  @property({ type: Boolean }) wrong = false;
  @query('input') private readonly input!: HTMLInputElement;

  override render(): unknown {
    return html`<form class="card" @submit=${this.#submitted}>
      <h1>${msg('This order has a password')}</h1>
      <p class="muted">${msg('The sender gave it to you apart from the link. It is asked for once.')}</p>
      ${
        this.wrong
          ? html`<p role="alert">
              ${msg('This password is not right. Nothing is lost. Try again, or ask the sender.')}
            </p>`
          : nothing
      }
      <label>${msg('Password')}<input type="password" required autocomplete="off" /></label>
      <button class="main">${msg('Open')}</button>
    </form>`;
  }

  readonly #submitted = (event: Event): void => {
    event.preventDefault();
    this.dispatchEvent(new PasswordEvent(this.input.value));
  };
}
