import { LitElement, html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { localized, msg } from '@lit/localize';
import { canPickFolder } from '../client/destination-picker.ts';
import { currentLocale, switchLocale, type Locale } from '../client/localization.ts';
import type { InstallOffer } from '../client/install-offer.ts';
import { preferences, prefer, type Appearance } from '../client/preferences.ts';
import type { Snapshot } from '../engine-api.ts';
import { panelStyles } from './panel-styles.ts';
import { sharedStyles } from './shared-styles.ts';
import './hf-destination.ts';
import './hf-install-field.ts';
import './hf-limits-panel.ts';
import './hf-notify-field.ts';
import './hf-storage-panel.ts';

/** What a person can choose: folder, speed, language, look, notifications; and what is kept on the disk. */
@customElement('hf-settings-page')
@localized()
export class HfSettingsPage extends LitElement {
  static override readonly styles = [sharedStyles, panelStyles];

  @property({ attribute: false }) snapshot: Snapshot | undefined;
  @property({ attribute: false }) install: InstallOffer | undefined;

  override render(): unknown {
    return html`<div class="page">
      <h1>${msg('Settings')}</h1>
      <section class="card">
        <h2>${msg('Where the files go')}</h2>
        ${this.#folder()}
      </section>
      <hf-limits-panel .limits=${this.snapshot?.limits ?? {}}></hf-limits-panel>
      <section class="card">
        <h2>${msg('Look and language')}</h2>
        ${this.#look()}
      </section>
      <section class="card">
        <h2>${msg('While it works')}</h2>
        <hf-notify-field></hf-notify-field>
        <hf-install-field .install=${this.install}></hf-install-field>
        ${this.#awake()}
      </section>
      <hf-storage-panel .snapshot=${this.snapshot}></hf-storage-panel>
    </div>`;
  }

  #folder(): unknown {
    return html`<hf-destination .snapshot=${this.snapshot}></hf-destination> ${
        canPickFolder()
          ? html`<p class="hint">
              ${msg('Every order gets a folder of its own in it. Files that are saved already stay where they are.')}
            </p>`
          : nothing
      }`;
  }

  #look(): unknown {
    const { appearance } = preferences();
    const looks: [Appearance, string][] = [
      ['system', msg('As the system')],
      ['light', msg('Light')],
      ['dark', msg('Dark')],
    ];
    const languages: [Locale, string][] = [
      ['en', 'English'],
      ['zh-Hans', '简体中文'],
    ];
    return html`<div class="field">
        <label for="language">${msg('Language')}</label>
        <select id="language" @change=${this.#chooseLanguage}>
          ${languages.map(([locale, name]) => option(locale, name, currentLocale(), locale))}
        </select>
      </div>
      <div class="field">
        <label for="appearance">${msg('Appearance')}</label>
        <select id="appearance" @change=${this.#chooseLook}>
          ${looks.map(([look, name]) => option(look, name, appearance))}
        </select>
      </div>`;
  }

  #awake(): unknown {
    return html`<div class="field">
      <div>
        <label for="awake">${msg('Keep the screen on')}</label>
        <p class="hint" id="awake-hint">
          ${msg('While an order runs and this window is visible. A computer that sleeps downloads nothing; it goes on when it wakes.')}
        </p>
      </div>
      <input
        id="awake"
        type="checkbox"
        aria-describedby="awake-hint"
        .checked=${preferences().awake}
        @change=${(event: Event) => prefer({ awake: (event.target as HTMLInputElement).checked })}
      />
    </div>`;
  }

  readonly #chooseLanguage = (event: Event): void => {
    void switchLocale((event.target as HTMLSelectElement).value as Locale);
  };

  readonly #chooseLook = (event: Event): void => {
    prefer({ appearance: (event.target as HTMLSelectElement).value as Appearance });
  };
}

function option(value: string, text: string, chosen: string, lang?: string): unknown {
  return html`<option value=${value} lang=${lang ?? nothing} .selected=${live(value === chosen)}>${text}</option>`;
}
