import { LitElement, css, html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { localized, msg } from '@lit/localize';
import { canPickFolder } from '../client/destination-picker.ts';
import type { Snapshot } from '../engine-api.ts';
import { OrderActionEvent } from './events.ts';
import { sharedStyles } from './shared-styles.ts';

/** Where finished files go, and how to change it. */
@customElement('hf-destination')
@localized()
export class HfDestination extends LitElement {
  static override readonly styles = [
    sharedStyles,
    css`
      section {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: 4px 12px;
        overflow-wrap: anywhere;
      }
      p {
        flex: 1 1 260px;
      }
      b {
        color: var(--text);
      }
      button.quiet {
        color: var(--accent);
      }
      /* their words, not their edges, stand in line with what is above and below */
      div {
        margin: 0 -15px;
      }
    `,
  ];

  @property({ attribute: false }) snapshot: Snapshot | undefined;
  /** True where the order's main button asks for a folder: one such button is enough. */
  @property({ type: Boolean }) asked = false;

  override render(): unknown {
    if (!canPickFolder()) {
      return html`<p class="muted">
        ${msg('This browser cannot save into a folder: each file goes to its downloads. When it asks, allow several downloads. Chrome and Edge on a computer save into a folder.')}
      </p>`;
    }
    const { folder, downloads = false } = this.snapshot ?? {};
    return html`<section>
      <p class="muted">${words(folder, downloads)}</p>
      <div>
        ${
          downloads
            ? nothing
            : html`<button class="quiet" @click=${() => this.#act('use-downloads')}>
                ${msg('Use the browser’s downloads')}
              </button>`
        }
        ${
          this.asked
            ? nothing
            : html`<button class="quiet" @click=${() => this.#act('choose-folder')}>${msg('Choose folder')}</button>`
        }
      </div>
    </section>`;
  }

  #act(kind: 'choose-folder' | 'use-downloads'): void {
    this.dispatchEvent(new OrderActionEvent({ kind }));
  }
}

function words(folder: string | undefined, downloads: boolean): unknown {
  if (folder !== undefined) return html`${msg('Folder')} <b>${folder}</b>`;
  return downloads
    ? msg('Each file goes to the browser’s downloads. When the browser asks, allow several downloads.')
    : msg('No folder chosen yet');
}
