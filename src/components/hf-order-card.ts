import { LitElement, css, html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { localized } from '@lit/localize';
import { formatBytes, formatFiles, formatSpeed, joinSentences } from '../client/format.ts';
import { mainAction, mainActionWord, type MainAction } from '../client/main-action.ts';
import { delivered, orderSentence, orderStateWord, orderTone, timeLeft } from '../client/order-words.ts';
import { orderHref } from '../client/router.ts';
import type { OrderSummary, Snapshot } from '../engine-api.ts';
import { OrderActionEvent } from './events.ts';
import { sharedStyles } from './shared-styles.ts';
import './hf-progress.ts';

/** An order in the list. */
@customElement('hf-order-card')
@localized()
export class HfOrderCard extends LitElement {
  static override readonly styles = [
    sharedStyles,
    css`
      header {
        display: flex;
        align-items: flex-start;
        justify-content: space-between;
        gap: 12px;
        margin-bottom: 12px;
      }
      .title {
        min-width: 0;
        overflow-wrap: anywhere;
      }
      a {
        color: inherit;
        font-size: 1.06rem;
        font-weight: 700;
        text-decoration: none;
      }
      a:hover {
        text-decoration: underline;
      }
      .below {
        display: flex;
        justify-content: space-between;
        gap: 4px 16px;
        margin-top: 10px;
        overflow-wrap: anywhere;
      }
      .state {
        flex: none;
        font-weight: 600;
        color: var(--muted);
      }
      .state.saved {
        color: var(--saved);
      }
      .state.attention {
        color: var(--danger);
      }
      @media (max-width: 600px) {
        .below {
          flex-direction: column-reverse;
        }
      }
    `,
  ];

  @property({ attribute: false }) summary: OrderSummary | undefined;
  @property({ attribute: false }) snapshot: Snapshot | undefined;

  override render(): unknown {
    const { summary, snapshot } = this;
    if (!summary || !snapshot) return nothing;
    const action = mainAction(summary, snapshot);
    const { headline, detail } = orderSentence(summary, snapshot);
    const running = summary.state === 'running';
    const speed = running && summary.bytesPerSecond > 0 ? formatSpeed(summary.bytesPerSecond) : '';
    const text =
      running && !summary.reason
        ? [headline, speed, timeLeft(summary)].filter((part) => part !== '').join(' · ')
        : joinSentences(headline, detail);
    return html`<article class="card">
      <header>
        <div class="title">
          <a href=${orderHref(summary.order)}>${summary.title}</a>
          <p class="muted">${formatFiles(summary.files)} · ${formatBytes(summary.bytes)}${delivered(summary)}</p>
        </div>
        ${action === undefined ? nothing : this.#button(action)}
      </header>
      <hf-progress .summary=${summary}></hf-progress>
      <div class="below">
        <p class="muted">${text}</p>
        <span class="state ${orderTone(summary)}">${orderStateWord(summary)}</span>
      </div>
    </article>`;
  }

  #button(action: MainAction): unknown {
    const weight = action === 'pause' ? '' : 'main';
    return html`<button class=${weight} @click=${() => this.#act(action)}>${mainActionWord(action)}</button>`;
  }

  #act(kind: MainAction): void {
    if (this.summary) this.dispatchEvent(new OrderActionEvent({ kind, order: this.summary.order }));
  }
}
