import { LitElement, html, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { localized, msg, str } from '@lit/localize';
import type { EngineClient } from '../client/engine-client.ts';
import {
  formatBytes,
  formatFiles,
  formatMoment,
  formatNumber,
  formatPercent,
  formatSpeed,
  joinSentences,
} from '../client/format.ts';
import { canAlsoPause, mainAction, mainActionWord, type MainAction } from '../client/main-action.ts';
import { delivered, needsUser, orderSentence, orderShare, orderStateWord, orderTone } from '../client/order-words.ts';
import { senderOrder } from '../client/sender-text.ts';
import type { FileRow, OrderSummary, Snapshot } from '../engine-api.ts';
import { OrderActionEvent, type FileChosenEvent, type FileOpenedEvent } from './events.ts';
import { fact, factStyles } from './facts.ts';
import { backIcon } from './icons.ts';
import type { HfFileList } from './hf-file-list.ts';
import { orderPageStyles } from './order-page-styles.ts';
import { sharedStyles } from './shared-styles.ts';
import './hf-check.ts';
import './hf-copies.ts';
import './hf-destination.ts';
import './hf-file-list.ts';
import './hf-handed-over.ts';
import './hf-needs.ts';
import './hf-order-map.ts';

/** One order: what happens now, how far it is, in its slot what the page has to offer, and all its files. */
@customElement('hf-order-page')
@localized()
export class HfOrderPage extends LitElement {
  static override readonly styles = [sharedStyles, orderPageStyles, factStyles];

  @property({ attribute: false }) summary: OrderSummary | undefined;
  @property({ attribute: false }) client!: EngineClient;
  @property({ attribute: false }) snapshot: Snapshot | undefined;
  @property({ attribute: false }) rows: readonly FileRow[] = [];
  /** The file that is looked at. */
  @state() private viewed: number | undefined;
  /** True when the viewer, which comes only when it is needed, did not come. */
  @state() private viewerMissing = false;
  @query('hf-file-list') private readonly list!: HfFileList;

  override render(): unknown {
    const { summary, snapshot } = this;
    if (!summary || !snapshot) return nothing;
    return html`<div class="page" data-order=${summary.order} data-state=${summary.state}>
      ${this.#head(summary, snapshot)} ${this.#progress(summary, snapshot)}
      <slot></slot>
      ${
        this.rows.length > 1
          ? html`<hf-order-map .rows=${this.rows} @hf-file-chosen=${this.#reveal}></hf-order-map>`
          : nothing
      }
      ${this.#viewer(summary)}
      <hf-file-list
        .order=${summary.order}
        .rows=${this.rows}
        .folders=${summary.folders}
        .senderOrder=${senderOrder(summary)}
        @hf-file-opened=${this.#opened}
      ></hf-file-list>
      <hf-copies .client=${this.client} .summary=${summary}></hf-copies>
      <hf-check .client=${this.client} .summary=${summary} .rows=${this.rows}></hf-check>
      <details class="card" @toggle=${() => void import('./hf-export.ts')}>
        <summary>${msg('Fetch with another program')}</summary>
        <hf-export .client=${this.client} .summary=${summary}></hf-export>
      </details>
    </div>`;
  }

  #head(summary: OrderSummary, snapshot: Snapshot): unknown {
    const action = mainAction(summary, snapshot);
    return html`<header>
      <a class="back" href="#/" aria-label=${msg('All orders')}>${backIcon}</a>
      <div class="title">
        <h1>${summary.title}</h1>
        <p class="muted">
          ${formatFiles(summary.files)} · ${formatBytes(summary.bytes)} · ${summary.id}${delivered(summary)}
        </p>
      </div>
      <div class="actions">
        ${
          this.#canBeFirst(summary, snapshot)
            ? html`<button class="quiet" @click=${() => this.#act('first')}>${msg('Download first')}</button>`
            : nothing
        }
        <button class="quiet" @click=${() => this.#act('remove')}>${msg('Remove')}</button>
        ${
          canAlsoPause(summary, action)
            ? html`<button @click=${() => this.#act('pause')}>${mainActionWord('pause')}</button>`
            : nothing
        }
        ${
          action === undefined || (action === 'free-space' && summary.filesUnconfirmed > 0)
            ? nothing
            : html`<button class="main" @click=${() => this.#act(action)}>${mainActionWord(action)}</button>`
        }
      </div>
    </header>`;
  }

  #progress(summary: OrderSummary, snapshot: Snapshot): unknown {
    const { headline, detail } = orderSentence(summary, snapshot);
    // While it downloads, the names change all the time: nobody wants them read out.
    const live = summary.state === 'running' && !needsUser(summary) ? 'off' : 'polite';
    return html`<section class="card progress" aria-label=${msg('Progress')}>
      <div class="now">
        <span class="percent">${formatPercent(orderShare(summary))}</span>
        <div>
          <p class="headline" role="status" aria-live=${live}>${headline}</p>
          <p class="muted">${detail}</p>
        </div>
        <span class="state ${orderTone(summary)}">${orderStateWord(summary)}</span>
      </div>
      <hf-progress .summary=${summary}></hf-progress>
      ${
        summary.state === 'ready'
          ? html`<hf-needs .summary=${summary} .snapshot=${snapshot}></hf-needs>`
          : this.#numbers(summary)
      }
      <hf-handed-over .summary=${summary}></hf-handed-over>
      ${
        summary.state === 'done'
          ? nothing
          : html`<hf-destination
              class="folder"
              .snapshot=${snapshot}
              ?asked=${mainAction(summary, snapshot) === 'choose-folder'}
            ></hf-destination>`
      }
      ${summary.isStatic ? html`<p class="muted">${staticWords(summary)}</p>` : nothing}
      ${
        summary.state === 'running' || summary.state === 'waiting'
          ? html`<p class="muted after">
              ${msg('You can close this window at any time. What is here stays; open the app again, and it goes on.')}
            </p>`
          : nothing
      }
      ${summary.receipts ? html`<p class="muted">${msg('The sender is told which files have arrived.')}</p>` : nothing}
    </section>`;
  }

  #numbers(summary: OrderSummary): unknown {
    const finished = summary.filesSaved + summary.filesHandedOver;
    const finishedWord = summary.filesHandedOver > 0 ? msg('files handed over') : msg('files saved');
    const { state, bytesPerSecond } = summary;
    const atWork = state === 'running' || state === 'waiting';
    const speed = bytesPerSecond > 0 ? formatSpeed(bytesPerSecond) : '–';
    return html`<dl>
      ${fact(msg(str`${formatNumber(finished)} of ${formatNumber(summary.files)}`), finishedWord)}
      ${fact(formatBytes(summary.bytesVerified), ofAll(summary))}
      ${atWork ? fact(speed, connections(summary.connections)) : nothing}
      ${fact(formatBytes(summary.bytesFetchedTwice), msg('fetched twice'))}
    </dl>`;
  }

  /** True while another order that is under way comes before this one. */
  #canBeFirst(summary: OrderSummary, { orders }: Snapshot): boolean {
    const before = orders.slice(
      0,
      orders.findIndex(({ order }) => order === summary.order),
    );
    return summary.state !== 'done' && before.some(({ state }) => state === 'running' || state === 'waiting');
  }

  #act(kind: MainAction | 'remove' | 'first'): void {
    if (this.summary) this.dispatchEvent(new OrderActionEvent({ kind, order: this.summary.order }));
  }

  #viewer(summary: OrderSummary): unknown {
    if (this.viewerMissing) {
      return html`<p class="note" role="alert">
        ${msg('The viewer could not be loaded. Downloads go on. Reload the page, then open the file again.')}
      </p>`;
    }
    const row = this.viewed === undefined ? undefined : this.rows[this.viewed];
    if (!row) return nothing;
    return html`<hf-preview
      .client=${this.client}
      .summary=${summary}
      .row=${row}
      @close=${() => (this.viewed = undefined)}
    ></hf-preview>`;
  }

  readonly #opened = async ({ file }: FileOpenedEvent): Promise<void> => {
    try {
      await import('./hf-preview.ts');
      this.viewed = file;
    } catch {
      this.viewerMissing = true;
    }
  };

  readonly #reveal = ({ file, byKey }: FileChosenEvent): void => void this.list.reveal(file, byKey);
}

function ofAll({ bytes, checksums }: OrderSummary): string {
  return checksums
    ? msg(str`of ${formatBytes(bytes)} verified`)
    : msg(str`of ${formatBytes(bytes)} received, no checksums`);
}

function staticWords({ endsAt }: OrderSummary): string {
  const end =
    endsAt === undefined
      ? msg('This link works for seven days at most.')
      : msg(str`This link works until ${formatMoment(endsAt)}.`);
  return joinSentences(
    end,
    msg(
      'It needs no order service: the sender can neither end it earlier nor learn what has arrived. A newer link from the sender goes on from here.',
    ),
  );
}

function connections(count: number): string {
  return count === 1 ? msg('1 connection') : msg(str`${formatNumber(count)} connections`);
}
