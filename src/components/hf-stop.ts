import { LitElement, css, html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { localized, msg } from '@lit/localize';
import { sharedStyles } from './shared-styles.ts';
import './hf-link-copy.ts';

/** A page that says why it does not go on here, and keeps the link for where it does. */
@customElement('hf-stop')
@localized()
export class HfStop extends LitElement {
  static override readonly styles = [
    sharedStyles,
    css`
      .card {
        display: grid;
        gap: 14px;
        max-width: 680px;
        margin: 24px auto;
        padding: 28px;
      }
      .card > * {
        min-width: 0;
      }
      h1 {
        font-size: 1.35rem;
      }
    `,
  ];

  @property() heading = '';
  /** What happened and what to do, a sentence or more each. */
  @property({ attribute: false }) reasons: readonly string[] = [];
  /** The link to keep, if any. */
  @property() link = '';

  override render(): unknown {
    return html`<section class="card" role="alert">
      <h1>${this.heading}</h1>
      ${this.reasons.map((reason) => html`<p>${reason}</p>`)}
      ${
        this.link === ''
          ? nothing
          : html`<p class="muted">
                ${msg('Your link is kept here. It holds the key to the files: share it with nobody else.')}
              </p>
              <hf-link-copy .link=${this.link}></hf-link-copy>`
      }
      <slot></slot>
    </section>`;
  }
}
