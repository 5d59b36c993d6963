import { LitElement, html, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { localized, msg } from '@lit/localize';
import { continueSaving } from '../client/continue-saving.ts';
import type { EngineClient } from '../client/engine-client.ts';
import { formatPercent } from '../client/format.ts';
import { describeError } from '../client/messages.ts';
import { addLinks, chooseFolder, startOrder } from '../client/order-commands.ts';
import type { OrderStore } from '../client/order-store.ts';
import { orderHref, parseRoute, type Route } from '../client/router.ts';
import { StoreController } from '../client/store-controller.ts';
import type { Outcome } from '../engine-api.ts';
import type { AppErrorData } from '../order/errors.ts';
import { appStyles } from './app-styles.ts';
import type { AddLinksEvent, OrderAction, OrderActionEvent } from './events.ts';
import type { HfAddLinksDialog } from './hf-add-links-dialog.ts';
import { orderShare } from './hf-progress.ts';
import type { HfRemoveDialog } from './hf-remove-dialog.ts';
import { sharedStyles } from './shared-styles.ts';
import './hf-add-links-dialog.ts';
import './hf-header.ts';
import './hf-order-list.ts';
import './hf-order-page.ts';
import './hf-remove-dialog.ts';
import './hf-stop.ts';

/** The shell: routes, carries out what its elements ask for, and tells what went wrong. */
@customElement('hf-app')
@localized()
export class HfApp extends LitElement {
  static override readonly styles = [sharedStyles, appStyles];

  /** Applies a waiting new version; undefined while there is none. */
  @property({ attribute: false }) reload: (() => void) | undefined;
  @state() private route: Route = parseRoute(location.href);
  @state() private linkError: AppErrorData | undefined;
  @state() private notice: AppErrorData | undefined;
  @state() private adding = false;
  @state() private addError: AppErrorData | undefined;
  @query('hf-add-links-dialog') private readonly addDialog!: HfAddLinksDialog;
  @query('hf-remove-dialog') private readonly removeDialog!: HfRemoveDialog;

  constructor(
    private readonly client: EngineClient,
    private readonly store: OrderStore,
  ) {
    super();
    new StoreController(this, store);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('hashchange', this.#routed);
    this.#routed();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener('hashchange', this.#routed);
  }

  override render(): unknown {
    const { snapshot } = this.store;
    const speed = snapshot?.orders.reduce((sum, { bytesPerSecond }) => sum + bytesPerSecond, 0) ?? 0;
    return html`<hf-header .speed=${speed}>
        <button @click=${this.#openAddDialog}>${msg('Add links')}</button>
      </hf-header>
      ${this.reload ? this.#updateBar(this.reload) : nothing}
      <main @hf-order-action=${this.#acted}>${this.#notice()} ${this.#page()}</main>
      <hf-add-links-dialog
        .busy=${this.adding}
        .error=${this.addError ? describeError(this.addError) : ''}
        @hf-add-links=${this.#added}
      ></hf-add-links-dialog>
      <hf-remove-dialog></hf-remove-dialog>`;
  }

  override updated(): void {
    const { route, store } = this;
    const shown = route.page === 'order' ? store.find(route.order) : undefined;
    const title = shown ? `${formatPercent(orderShare(shown))} · ${shown.title} – Holdfast` : 'Holdfast';
    if (document.title !== title) document.title = title;
  }

  #page(): unknown {
    const { route, store } = this;
    if (store.snapshot?.failure) return this.#failure(store.snapshot.failure);
    if (route.page === 'orders') return html`<hf-order-list .snapshot=${store.snapshot}></hf-order-list>`;
    if (route.page === 'link') return this.#linkPage(route.link);
    if (!store.snapshot) return html`<p class="muted">${msg('Looking what is here…')}</p>`;
    const summary = store.find(route.order);
    if (!summary) {
      return html`<hf-stop
        .heading=${msg('This order is not here')}
        .reasons=${[msg('It was removed, or it was opened in another browser. Open the sender’s link again to add it.')]}
        ><a href="#/">${msg('All orders')}</a></hf-stop
      >`;
    }
    return html`<hf-order-page
      .client=${this.client}
      .summary=${summary}
      .snapshot=${store.snapshot}
      .rows=${store.rows}
    ></hf-order-page>`;
  }

  #linkPage(link: string): unknown {
    if (!this.linkError) return html`<p class="muted" role="status">${msg('Opening the order…')}</p>`;
    return html`<hf-stop
      .heading=${msg('The order could not be opened')}
      .reasons=${[describeError(this.linkError)]}
      .link=${link}
    >
      <div class="row">
        <button class="main" @click=${this.#routed}>${msg('Try again')}</button>
        <a href="#/">${msg('All orders')}</a>
      </div>
    </hf-stop>`;
  }

  #failure(failure: AppErrorData): unknown {
    return html`<hf-stop .heading=${msg('Nothing can be done in this window')} .reasons=${[describeError(failure)]}>
      <div class="row">
        <button class="main" @click=${() => location.reload()}>${msg('Reload')}</button>
      </div>
    </hf-stop>`;
  }

  #notice(): unknown {
    if (!this.notice) return nothing;
    return html`<div class="note bar" role="alert">
      <span>${describeError(this.notice, { folder: this.store.snapshot?.folder })}</span>
      <button class="quiet" @click=${() => (this.notice = undefined)}>${msg('Close')}</button>
    </div>`;
  }

  #updateBar(reload: () => void): unknown {
    return html`<div class="update" role="status">
      <span>${msg('A new version is here. Downloads go on after the reload.')}</span>
      <button @click=${reload}>${msg('Reload')}</button>
    </div>`;
  }

  readonly #routed = (): void => {
    this.route = parseRoute(location.href);
    this.notice = undefined;
    this.store.watch(this.route.page === 'order' ? this.route.order : undefined);
    if (this.route.page === 'link') void this.#open(this.route.link);
  };

  async #open(link: string): Promise<void> {
    this.linkError = undefined;
    const outcome = await this.client.command((engine) => engine.open(link));
    if (location.href !== link) return;
    if (!outcome.ok) {
      this.linkError = outcome.error;
      return;
    }
    // The link holds the key: it leaves the address bar and the history as soon as the engine has it.
    history.replaceState(null, '', orderHref(outcome.value.order));
    this.#routed();
  }

  readonly #openAddDialog = (): void => {
    this.addError = undefined;
    this.addDialog.show();
  };

  readonly #added = async (event: AddLinksEvent): Promise<void> => {
    this.adding = true;
    const outcome = await addLinks(this.client, event.text);
    this.adding = false;
    this.addError = outcome.ok ? undefined : outcome.error;
    if (!outcome.ok) return;
    this.addDialog.close();
    location.hash = orderHref(outcome.value.order);
  };

  readonly #acted = async ({ action }: OrderActionEvent): Promise<void> => {
    this.notice = undefined;
    const outcome = await this.#carryOut(action);
    if (outcome && !outcome.ok) this.notice = outcome.error;
  };

  async #carryOut(action: OrderAction): Promise<Outcome<unknown> | undefined> {
    const { client, store } = this;
    const { order } = action;
    switch (action.kind) {
      case 'start':
      case 'resume':
        return startOrder(client, store.snapshot, order);
      case 'pause':
        return client.command((engine) => engine.pause(order));
      case 'continue-saving':
        return continueSaving(client);
      case 'choose-folder':
        return chooseFolder(client);
      case 'retry':
        return client.command((engine) => engine.retry(order, action.file));
      case 'remove':
        return this.#remove(order);
      case 'paste-link':
        this.#openAddDialog();
        return undefined;
    }
  }

  async #remove(order: string): Promise<Outcome<void> | undefined> {
    const summary = this.store.find(order);
    if (!summary || !(await this.removeDialog.ask(summary))) return undefined;
    const outcome = await this.client.command((engine) => engine.remove(order));
    if (outcome.ok) location.hash = '#/';
    return outcome;
  }
}
