import { LitElement, css, html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { localized, msg } from '@lit/localize';
import { allowNotifications, canNotify } from '../client/notifications.ts';
import { prefer, preferences } from '../client/preferences.ts';
import { panelStyles } from './panel-styles.ts';
import { sharedStyles } from './shared-styles.ts';

/** Notifications on or off, and what the browser says to that. */
@customElement('hf-notify-field')
@localized()
export class HfNotifyField extends LitElement {
  static override readonly styles = [
    sharedStyles,
    panelStyles,
    css`
      .field {
        border-top: 0;
      }
    `,
  ];

  @state() private on = preferences().notify && canNotify() === 'granted';

  override render(): unknown {
    const answer = canNotify();
    return html`<div class="field">
      <div>
        <label for="notify">${msg('Notifications')}</label>
        <p class="hint" id="hint">${msg('When an order is done, or when it needs you. Never for anything else.')}</p>
        ${
          answer === 'denied'
            ? html`<p class="note" role="status">
                ${msg('The browser blocks notifications of this page. Allow them in the browser’s site settings (the icon left of the address), then switch them on here.')}
              </p>`
            : nothing
        }
      </div>
      <input
        id="notify"
        type="checkbox"
        aria-describedby="hint"
        .checked=${this.on}
        ?disabled=${answer === 'unsupported'}
        @change=${this.#toggle}
      />
    </div>`;
  }

  readonly #toggle = async (event: Event): Promise<void> => {
    const box = event.target as HTMLInputElement;
    if (box.checked) await allowNotifications();
    else prefer({ notify: false });
    this.on = preferences().notify && canNotify() === 'granted';
    box.checked = this.on;
    this.requestUpdate();
  };
}
