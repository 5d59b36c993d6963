import { LitElement, css, html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { localized, msg } from '@lit/localize';
import { formatSpeed } from '../client/format.ts';
import { currentLocale, switchLocale } from '../client/localization.ts';
import { logoIcon } from './icons.ts';
import { sharedStyles } from './shared-styles.ts';

/** The bar at the top: the mark, the speed of everything, the language. Its slot takes the page's own buttons. */
@customElement('hf-header')
@localized()
export class HfHeader extends LitElement {
  static override readonly styles = [
    sharedStyles,
    css`
      header {
        display: flex;
        align-items: center;
        gap: 10px;
        min-height: 64px;
        padding: 10px 24px;
        border-bottom: 1px solid var(--line);
        background: var(--card);
      }
      a {
        display: flex;
        align-items: center;
        gap: 12px;
        margin-right: auto;
        color: inherit;
        font-size: 1.12rem;
        font-weight: 700;
        text-decoration: none;
      }
      .speed {
        color: var(--muted);
        white-space: nowrap;
      }
      button {
        padding: 0 10px;
      }
      @media (max-width: 600px) {
        header {
          padding: 10px 14px;
          gap: 4px;
        }
        .speed {
          display: none;
        }
      }
    `,
  ];

  /** Bytes a second of all orders. */
  @property({ type: Number }) speed = 0;

  override render(): unknown {
    const chinese = currentLocale() === 'zh-Hans';
    return html`<header>
      <a href="#/">${logoIcon} Holdfast</a>
      ${this.speed > 0 ? html`<span class="speed" title=${msg('Speed of all orders')}>↓ ${formatSpeed(this.speed)}</span>` : nothing}
      <slot></slot>
      <button
        class="quiet"
        lang=${chinese ? 'en' : 'zh-Hans'}
        @click=${() => void switchLocale(chinese ? 'en' : 'zh-Hans')}
      >
        ${chinese ? 'English' : '中文'}
      </button>
    </header>`;
  }
}
