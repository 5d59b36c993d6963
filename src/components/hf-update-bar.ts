import { LitElement, css, html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { localized, msg } from '@lit/localize';
import type { Update } from '../client/update.ts';
import { sharedStyles } from './shared-styles.ts';

/** Offers a new version of the app. */
@customElement('hf-update-bar')
@localized()
export class HfUpdateBar extends LitElement {
  static override readonly styles = [
    sharedStyles,
    css`
      div {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 12px;
        padding: 6px 24px;
        border-bottom: 1px solid var(--line);
        background: var(--quiet);
      }
    `,
  ];

  @property({ attribute: false }) version: Update | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.version?.addEventListener('change', this.#changed);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.version?.removeEventListener('change', this.#changed);
  }

  override render(): unknown {
    const { version } = this;
    // the live region is there before its text, or screen readers miss it
    return html`<section aria-live="polite">
      ${version && version.state !== 'none' ? this.#bar(version) : nothing}
    </section>`;
  }

  #bar(update: Update): unknown {
    if (update.state === 'pending') {
      return html`<div>${msg('The new version starts as soon as no file is being saved.')}</div>`;
    }
    return html`<div>
      <span>${msg('A new version is here. Downloads go on after the reload.')}</span>
      <button @click=${() => update.apply()}>${msg('Reload')}</button>
    </div>`;
  }

  readonly #changed = (): void => this.requestUpdate();
}
