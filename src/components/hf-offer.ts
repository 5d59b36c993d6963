import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { localized, msg } from '@lit/localize';
import type { InstallOffer } from '../client/install-offer.ts';
import { allowNotifications, canNotify } from '../client/notifications.ts';
import { prefer, preferences, type Offer } from '../client/preferences.ts';
import type { OrderSummary, Snapshot } from '../engine-api.ts';
import { sharedStyles } from './shared-styles.ts';

/** One thing that would spare the user trouble, offered once, at the moment when its reason is plain. */
@customElement('hf-offer')
@localized()
export class HfOffer extends LitElement {
  static override readonly styles = [
    sharedStyles,
    css`
      section {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: 10px 20px;
        padding: 12px 20px;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--quiet);
      }
      p {
        flex: 1 1 320px;
      }
      div {
        display: flex;
        gap: 8px;
      }
      @media (max-width: 600px) {
        section {
          padding: 12px 16px;
        }
        div {
          margin-left: -15px;
        }
      }
    `,
  ];

  @property({ attribute: false }) summary: OrderSummary | undefined;
  @property({ attribute: false }) snapshot: Snapshot | undefined;
  @property({ attribute: false }) install: InstallOffer | undefined;

  override render(): unknown {
    const offer = this.#due();
    if (offer === undefined) return nothing;
    const [text, yes] =
      offer === 'install'
        ? [
            msg(
              'Installed as an app, it keeps the permission for your folder, opens order links by itself, and can start when you sign in.',
            ),
            msg('Install'),
          ]
        : [
            msg('You can leave this window alone. Shall it tell you when the order is done, or when it needs you?'),
            msg('Tell me'),
          ];
    return html`<section aria-label=${msg('Offer')}>
      <p>${text}</p>
      <div>
        <button class="quiet" @click=${() => this.#decline(offer)}>${msg('Not now')}</button>
        <button @click=${() => this.#accept(offer)}>${yes}</button>
      </div>
    </section>`;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('install')) return;
    changed.get('install')?.removeEventListener('change', this.#changed);
    this.install?.addEventListener('change', this.#changed);
  }

  /** The browser says at a moment of its own choice that it would install the app. */
  readonly #changed = (): void => this.requestUpdate();

  /** After Start, when a folder was allowed, its loss at the next restart is what installing spares. */
  #due(): Offer | undefined {
    const { summary, snapshot, install } = this;
    if (!summary || summary.state === 'ready') return undefined;
    const declined = (offer: Offer): boolean => preferences().declined.includes(offer);
    if (install?.possible === true && snapshot?.folder !== undefined && !declined('install')) return 'install';
    const worthIt = summary.state === 'running' && canNotify() === 'default';
    return worthIt && !declined('notify') ? 'notify' : undefined;
  }

  async #accept(offer: Offer): Promise<void> {
    if (offer === 'install') await this.install?.ask();
    else await allowNotifications();
    this.requestUpdate();
  }

  #decline(offer: Offer): void {
    prefer({ declined: [...preferences().declined, offer] });
    this.requestUpdate();
  }
}
