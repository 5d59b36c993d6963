import { LitElement, css, html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { localized, msg, str } from '@lit/localize';
import { formatPercent } from '../client/format.ts';
import { orderShare } from '../client/order-words.ts';
import type { OrderSummary } from '../engine-api.ts';
import { toneStyles } from './tone-styles.ts';

/** A bar in three tones: received, verified, saved. */
@customElement('hf-progress')
@localized()
export class HfProgress extends LitElement {
  static override readonly styles = [
    toneStyles,
    css`
      :host {
        display: block;
      }
      div {
        position: relative;
        height: 10px;
        border-radius: 5px;
        overflow: hidden;
      }
      b {
        position: absolute;
        top: 0;
        bottom: 0;
        width: 2px;
        background: var(--card);
      }
      span {
        position: absolute;
        inset: 0;
        transition: clip-path 200ms linear;
      }
      @media (prefers-reduced-motion: reduce) {
        span {
          transition: none;
        }
      }
    `,
  ];

  @property({ attribute: false }) summary: OrderSummary | undefined;

  override render(): unknown {
    const { summary } = this;
    if (!summary) return html``;
    const percent = Math.floor(orderShare(summary) * 100);
    return html`<div
      class="empty"
      role="progressbar"
      aria-label=${msg('Progress')}
      aria-valuemin="0"
      aria-valuemax="100"
      aria-valuenow=${percent}
      aria-valuetext=${
        summary.checksums
          ? msg(str`${formatPercent(percent / 100)} verified`)
          : msg(str`${formatPercent(percent / 100)} received`)
      }
    >
      ${this.#tone('received', summary.bytesReceived)}${this.#tone('verified', summary.bytesVerified)}${this.#tone(
        'saved',
        summary.bytesSaved,
      )}${this.#end(summary)}
    </div>`;
  }

  /** A line where the saved part ends. */
  #end({ state, bytes, bytesSaved }: OrderSummary): unknown {
    if (state === 'done' || bytesSaved === 0 || bytes === 0) return nothing;
    return html`<b .style=${`left:${(bytesSaved / bytes) * 100}%`}></b>`;
  }

  #tone(tone: 'received' | 'verified' | 'saved', bytes: number): unknown {
    const { summary } = this;
    const whole = summary?.state === 'done' && (tone !== 'saved' || summary.filesHandedOver === 0);
    const share = summary && summary.bytes > 0 ? Math.min(1, bytes / summary.bytes) : 0;
    // As a property: a style attribute would need 'unsafe-inline' in the content security policy.
    return html`<span class=${tone} .style=${`clip-path:inset(0 ${whole ? 0 : 100 - share * 100}% 0 0)`}></span>`;
  }
}
