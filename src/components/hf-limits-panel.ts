import { LitElement, html } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { localized, msg } from '@lit/localize';
import { formatNumber, formatSpeed } from '../client/format.ts';
import type { Limits } from '../engine-api.ts';
import { OrderActionEvent } from './events.ts';
import { panelStyles } from './panel-styles.ts';
import { sharedStyles } from './shared-styles.ts';

/** Megabytes a second that can be chosen. */
const RATES = [0.5, 1, 2, 5, 10, 20, 50, 100];
const CONNECTIONS = [1, 2, 3, 4, 5, 6];
const MB = 1_000_000;

/** How much of the network all orders together may take. */
@customElement('hf-limits-panel')
@localized()
export class HfLimitsPanel extends LitElement {
  static override readonly styles = [sharedStyles, panelStyles];

  @property({ attribute: false }) limits: Limits = {};

  override render(): unknown {
    const { bytesPerSecond, connections } = this.limits;
    return html`<section class="card">
      <h2>${msg('Network')}</h2>
      <div class="field">
        <div>
          <label for="rate">${msg('Speed limit')}</label>
          <p class="hint" id="rate-hint">${msg('For all orders together; at once, and until you change it.')}</p>
        </div>
        <select id="rate" aria-describedby="rate-hint" @change=${this.#chosen}>
          <option value="" .selected=${live(bytesPerSecond === undefined)}>${msg('No limit')}</option>
          ${RATES.map(
            (rate) =>
              html`<option value=${rate * MB} .selected=${live(bytesPerSecond === rate * MB)}>
                ${formatSpeed(rate * MB)}
              </option>`,
          )}
        </select>
      </div>
      <div class="field">
        <div>
          <label for="connections">${msg('Connections')}</label>
          <p class="hint" id="connections-hint">
            ${msg('By itself it finds out how many are worth having. Fewer leave more of the line to others.')}
          </p>
        </div>
        <select id="connections" aria-describedby="connections-hint" @change=${this.#chosen}>
          <option value="" .selected=${live(connections === undefined)}>${msg('By itself')}</option>
          ${CONNECTIONS.map(
            (count) =>
              html`<option value=${count} .selected=${live(connections === count)}>${formatNumber(count)}</option>`,
          )}
        </select>
      </div>
    </section>`;
  }

  readonly #chosen = (): void => {
    const value = (id: string): number => Number(this.renderRoot.querySelector<HTMLSelectElement>(`#${id}`)?.value);
    const [rate, connections] = [value('rate'), value('connections')];
    const limits = { ...(rate > 0 && { bytesPerSecond: rate }), ...(connections > 0 && { connections }) };
    this.dispatchEvent(new OrderActionEvent({ kind: 'limits', limits }));
  };
}
