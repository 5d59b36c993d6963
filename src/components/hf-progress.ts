import { LitElement, css, html } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { localized, msg, str } from '@lit/localize';
import { formatPercent } from '../client/format.ts';
import { orderShare } from '../client/order-words.ts';
import type { OrderSummary } from '../engine-api.ts';

/** A bar in three tones: received, verified, saved. */
@customElement('hf-progress')
@localized()
export class HfProgress extends LitElement {
  static override readonly styles = css`
    :host {
      display: block;
    }
    div {
      position: relative;
      height: 10px;
      border-radius: 5px;
      overflow: hidden;
      background: var(--empty);
    }
    span {
      position: absolute;
      inset: 0;
      transform-origin: 0 50%;
      transition: transform 200ms linear;
    }
    .received {
      background: var(--received);
    }
    .verified {
      background: var(--verified);
    }
    .saved {
      background: var(--saved);
    }
    @media (prefers-reduced-motion: reduce) {
      span {
        transition: none;
      }
    }
  `;

  @property({ attribute: false }) summary: OrderSummary | undefined;

  override render(): unknown {
    const { summary } = this;
    if (!summary) return html``;
    const percent = Math.floor(orderShare(summary) * 100);
    return html`<div
      role="progressbar"
      aria-label=${msg('Progress')}
      aria-valuemin="0"
      aria-valuemax="100"
      aria-valuenow=${percent}
      aria-valuetext=${msg(str`${formatPercent(percent / 100)} verified`)}
    >
      ${this.#tone('received', summary.bytesReceived)}${this.#tone('verified', summary.bytesVerified)}${this.#tone(
        'saved',
        summary.bytesSaved,
      )}
    </div>`;
  }

  #tone(tone: 'received' | 'verified' | 'saved', bytes: number): unknown {
    const { summary } = this;
    const whole = summary?.state === 'done' && (tone !== 'saved' || summary.filesHandedOver === 0);
    const share = summary && summary.bytes > 0 ? Math.min(1, bytes / summary.bytes) : 0;
    // As a property: a style attribute would need 'unsafe-inline' in the content security policy.
    return html`<span class=${tone} .style=${`transform:scaleX(${whole ? 1 : share})`}></span>`;
  }
}
