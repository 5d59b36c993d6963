import { LitElement, css, html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { localized, msg } from '@lit/localize';
import type { InstallOffer } from '../client/install-offer.ts';
import { joinSentences } from '../client/format.ts';
import { panelStyles } from './panel-styles.ts';
import { sharedStyles } from './shared-styles.ts';

/** What installing the app is good for, and the way to it. */
@customElement('hf-install-field')
@localized()
export class HfInstallField extends LitElement {
  static override readonly styles = [
    sharedStyles,
    panelStyles,
    css`
      .field {
        border-top: 0;
      }
    `,
  ];

  @property({ attribute: false }) install: InstallOffer | undefined;

  override render(): unknown {
    return html`<div class="field">
      <div>
        <b>${msg('Install the app')}</b>
        <p class="hint">
          ${joinSentences(
            msg(
              'It keeps the permission for your folder, opens order links and .meta4 files, and can start when you sign in.',
            ),
            this.#how(),
          )}
        </p>
      </div>
      ${
        this.install?.possible === true
          ? html`<button @click=${() => void this.install?.ask()}>${msg('Install')}</button>`
          : nothing
      }
    </div>`;
  }

  #how(): string {
    if (this.install?.installed === true) return msg('This window is the installed app.');
    return this.install?.possible === true ? '' : msg('If the browser can, its menu has “Install Holdfast”.');
  }
}
