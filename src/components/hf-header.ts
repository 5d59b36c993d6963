import { LitElement, css, html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { localized, msg } from '@lit/localize';
import { formatSpeed } from '../client/format.ts';
import { currentLocale, switchLocale } from '../client/localization.ts';
import type { Route } from '../client/router.ts';
import { helpIcon, logoIcon, settingsIcon } from './icons.ts';
import { sharedStyles } from './shared-styles.ts';

/** The bar at the top: the mark, the speed of everything, the language, settings and help. Its slot takes the page's own buttons. */
@customElement('hf-header')
@localized()
export class HfHeader extends LitElement {
  static override readonly styles = [
    sharedStyles,
    css`
      header {
        display: flex;
        align-items: center;
        gap: 6px;
        min-height: 64px;
        padding: 10px 24px;
        border-bottom: 1px solid var(--line);
        background: var(--card);
      }
      .home {
        display: flex;
        align-items: center;
        gap: 12px;
        margin-right: auto;
        min-height: 40px;
        color: inherit;
        font-size: 1.12rem;
        font-weight: 700;
        text-decoration: none;
      }
      .speed {
        margin-right: 6px;
        color: var(--muted);
        white-space: nowrap;
      }
      nav {
        display: flex;
        gap: 2px;
      }
      nav a {
        display: grid;
        place-items: center;
        width: 40px;
        height: 40px;
        border-radius: 9px;
        color: var(--muted);
      }
      nav a:hover,
      nav a[aria-current='page'] {
        background: var(--quiet);
        color: var(--text);
      }
      button {
        padding: 0 10px;
      }
      @media (max-width: 600px) {
        header {
          padding: 10px 14px;
          gap: 2px;
        }
        .speed {
          display: none;
        }
      }
      @media (max-width: 430px) {
        .name {
          display: none;
        }
      }
    `,
  ];

  /** Bytes a second of all orders. */
  @property({ type: Number }) speed = 0;
  @property({ attribute: false }) page: Route['page'] = 'orders';

  override render(): unknown {
    const chinese = currentLocale() === 'zh-Hans';
    const current = (page: Route['page']): unknown => (this.page === page ? 'page' : nothing);
    return html`<header>
      <a class="home" href="#/" aria-label="Holdfast">${logoIcon} <span class="name">Holdfast</span></a>
      ${this.speed > 0 ? html`<span class="speed" title=${msg('Speed of all orders')}>↓ ${formatSpeed(this.speed)}</span>` : nothing}
      <slot></slot>
      <button
        class="quiet"
        lang=${chinese ? 'en' : 'zh-Hans'}
        @click=${() => void switchLocale(chinese ? 'en' : 'zh-Hans')}
      >
        ${chinese ? 'English' : '中文'}
      </button>
      <nav aria-label=${msg('App')}>
        <a href="#/help" aria-label=${msg('Help')} title=${msg('Help')} aria-current=${current('help')}>${helpIcon}</a>
        <a href="#/settings" aria-label=${msg('Settings')} title=${msg('Settings')} aria-current=${current('settings')}
          >${settingsIcon}</a
        >
      </nav>
    </header>`;
  }
}
