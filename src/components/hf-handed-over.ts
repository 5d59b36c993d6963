import { LitElement, css, html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { localized, msg } from '@lit/localize';
import { mainActionWord } from '../client/main-action.ts';
import { unconfirmedWords } from '../client/order-words.ts';
import type { OrderSummary } from '../engine-api.ts';
import { OrderActionEvent } from './events.ts';
import { sharedStyles } from './shared-styles.ts';

/** Asks whether the files that went to the browser's downloads are all there: only the user can see it. */
@customElement('hf-handed-over')
@localized()
export class HfHandedOver extends LitElement {
  static override readonly styles = [
    sharedStyles,
    css`
      section {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: 8px 16px;
        margin-top: 16px;
        padding-top: 14px;
        border-top: 1px solid var(--line);
      }
      div {
        flex: 1 1 320px;
      }
    `,
  ];

  @property({ attribute: false }) summary: OrderSummary | undefined;

  override render(): unknown {
    const { summary } = this;
    if (!summary || summary.filesUnconfirmed + summary.filesRefused === 0) return nothing;
    const { filesUnconfirmed } = summary;
    return html`<section aria-label=${msg('Browser’s downloads')}>
      <div>
        ${filesUnconfirmed > 0 ? html`<p>${unconfirmedWords(summary)}</p>` : nothing}
        <p class="muted">
          ${msg('The browser does not tell this page whether a download arrived. When it asks, allow several downloads. Until you say yes, the app keeps its copy: “Download again” is in the details of each file.')}
        </p>
      </div>
      ${
        filesUnconfirmed > 0
          ? html`<button class="main" @click=${this.#confirm}>${mainActionWord('free-space')}</button>`
          : nothing
      }
    </section>`;
  }

  readonly #confirm = (): void => {
    if (this.summary) this.dispatchEvent(new OrderActionEvent({ kind: 'free-space', order: this.summary.order }));
  };
}
