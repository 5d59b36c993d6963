import { LitElement, html, nothing } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { keyed } from 'lit/directives/keyed.js';
import { localized, msg } from '@lit/localize';
import type { EngineClient } from '../client/engine-client.ts';
import type { InstallOffer } from '../client/install-offer.ts';
import { takeLaunches } from '../client/launches.ts';
import { describeError } from '../client/messages.ts';
import type { OrderStore } from '../client/order-store.ts';
import { Presence } from '../client/presence.ts';
import { writeReport } from '../client/report.ts';
import { orderHref, parseRoute, type Route } from '../client/router.ts';
import { StoreController } from '../client/store-controller.ts';
import type { Update } from '../client/update.ts';
import type { OrderSummary } from '../engine-api.ts';
import type { AppErrorData } from '../order/errors.ts';
import { Adding } from './adding.ts';
import { appStyles } from './app-styles.ts';
import { carryOut } from './carry-out.ts';
import type { AddFilesEvent, AddLinksEvent, OrderAction, OrderActionEvent, PasswordEvent } from './events.ts';
import type { HfAddLinksDialog } from './hf-add-links-dialog.ts';
import type { HfRemoveDialog } from './hf-remove-dialog.ts';
import { FocusKeeper } from './focus-keeper.ts';
import { LinkOpening } from './link-opening.ts';
import { PageDrop } from './page-drop.ts';
import { sharedStyles } from './shared-styles.ts';
import './hf-add-links-dialog.ts';
import './hf-diagnostics.ts';
import './hf-header.ts';
import './hf-help-page.ts';
import './hf-offer.ts';
import './hf-order-list.ts';
import './hf-order-page.ts';
import './hf-password.ts';
import './hf-remove-dialog.ts';
import './hf-settings-page.ts';
import './hf-stop.ts';
import './hf-update-bar.ts';

/** What the page says at its top, in the language of the moment, and what can be done instead. */
interface Notice {
  readonly say: () => string;
  readonly instead?: OrderAction;
}

/** The shell: routes, carries out what its elements ask for, and tells what went wrong. */
@customElement('hf-app')
@localized()
export class HfApp extends LitElement {
  static override readonly styles = [sharedStyles, appStyles];

  @state() private route: Route = { page: 'orders' };
  @state() private notice: Notice | undefined;
  @query('hf-add-links-dialog') private readonly addDialog!: HfAddLinksDialog;
  @query('hf-remove-dialog') private readonly removeDialog!: HfRemoveDialog;
  @query('main') private readonly main!: HTMLElement;
  readonly #presence = new Presence();
  readonly #focus = new FocusKeeper(() => this.main.focus({ preventScroll: true }));
  readonly #linkOpening: LinkOpening;
  readonly #adding: Adding;

  constructor(
    private readonly client: EngineClient,
    private readonly store: OrderStore,
    private readonly install: InstallOffer,
    private readonly newVersion: Update,
  ) {
    super();
    new StoreController(this, store);
    install.addEventListener('change', () => this.requestUpdate());
    this.#linkOpening = new LinkOpening(this, client, {
      done: (order) => {
        // The link holds the key: it leaves the address bar and the history as soon as the engine has it.
        history.replaceState(null, '', orderHref(order));
        this.#routed();
      },
      isHere: (order) => store.find(order) !== undefined,
    });
    this.#adding = new Adding(this, client, {
      added: (order) => {
        this.addDialog.close();
        location.hash = orderHref(order);
      },
      failed: (text) => this.addDialog.show(text),
    });
    new PageDrop(this, {
      linkFiles: (files) => void this.#adding.addFiles(files),
      text: (text) => this.#openAddDialog(text),
      unwanted: () =>
        (this.notice = { say: () => msg('To give files to an order, open its page and drop them there.') }),
    });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('hashchange', this.#routed);
    this.#routed();
    takeLaunches({
      opened: (address) => this.#launched(parseRoute(address)),
      files: (files) => void this.#adding.addFiles(files),
      failed: () => this.#adding.fail({ code: 'copy-unreadable', message: '', detail: {} }),
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener('hashchange', this.#routed);
  }

  override render(): unknown {
    const { snapshot } = this.store;
    const speed = snapshot?.orders.reduce((sum, { bytesPerSecond }) => sum + bytesPerSecond, 0) ?? 0;
    return html`<hf-header .speed=${speed} .page=${this.route.page}>
        <button @click=${() => this.#openAddDialog()}>${msg('Add links')}</button>
      </hf-header>
      <hf-update-bar .version=${this.newVersion}></hf-update-bar>
      <main tabindex="-1" @hf-order-action=${this.#acted}>${this.#notice()} ${this.#page()}</main>
      <hf-add-links-dialog
        .busy=${this.#adding.busy}
        .error=${this.#adding.error ? describeError(this.#adding.error) : ''}
        @hf-add-links=${({ text }: AddLinksEvent) => this.#adding.add(text)}
        @hf-add-files=${({ files }: AddFilesEvent) => this.#adding.addFiles(files)}
        @hf-closed=${this.#addDialogClosed}
      ></hf-add-links-dialog>
      <hf-remove-dialog></hf-remove-dialog>`;
  }

  override updated(): void {
    this.#presence.show(this.store.snapshot, this.#shown(), this.route.page);
    this.#focus.check();
  }

  #shown(): OrderSummary | undefined {
    return this.route.page === 'order' ? this.store.find(this.route.order) : undefined;
  }

  #page(): unknown {
    const { snapshot } = this.store;
    // help still says what can be said
    if (snapshot?.failure && this.route.page !== 'help') return this.#failure(snapshot.failure);
    switch (this.route.page) {
      case 'orders':
      case 'add':
        return html`<hf-order-list .snapshot=${snapshot}></hf-order-list>`;
      case 'settings':
        return html`<hf-settings-page .snapshot=${snapshot} .install=${this.install}></hf-settings-page>`;
      case 'help':
        return html`<hf-help-page
          ><hf-diagnostics
            .report=${() =>
              writeReport(
                this.store.snapshot,
                this.client.call((engine) => engine.diagnostics()),
              )}
          ></hf-diagnostics
        ></hf-help-page>`;
      case 'link':
        return this.#linkPage(this.route.link);
      case 'order':
        return this.#orderPage();
    }
  }

  #orderPage(): unknown {
    const { store } = this;
    if (!store.snapshot) return html`<p class="muted" role="status">${msg('Looking what is here…')}</p>`;
    const summary = this.#shown();
    if (!summary) {
      return html`<hf-stop
        .heading=${msg('This order is not here')}
        .reasons=${[msg('It was removed, or it was opened in another browser. Open the sender’s link again to add it.')]}
        ><a href="#/">${msg('All orders')}</a></hf-stop
      >`;
    }
    // what is opened, searched or said on one order's page is not for another's
    const page = html`<hf-order-page
      .client=${this.client}
      .summary=${summary}
      .snapshot=${store.snapshot}
      .rows=${store.rows}
      ><hf-offer .summary=${summary} .snapshot=${store.snapshot} .install=${this.install}></hf-offer
    ></hf-order-page>`;
    return keyed(summary.order, page);
  }

  #linkPage(link: string): unknown {
    const { error, passwordWrong } = this.#linkOpening;
    if (!error) return html`<p class="muted" role="status">${msg('Opening the order…')}</p>`;
    if (error.code === 'password-needed') {
      const entered = ({ password }: PasswordEvent): void => void this.#linkOpening.open(link, password);
      return html`<hf-password ?wrong=${passwordWrong} @hf-password=${entered}></hf-password>`;
    }
    return html`<hf-stop
      .heading=${msg('The order could not be opened')}
      .reasons=${[describeError(error)]}
      .link=${link}
    >
      <div class="row">
        <button class="main" @click=${() => void this.#linkOpening.open(link)}>${msg('Try again')}</button>
        <a href="#/">${msg('All orders')}</a>
      </div>
    </hf-stop>`;
  }

  #failure(failure: AppErrorData): unknown {
    if (failure.code === 'not-supported') {
      return html`<hf-stop
        .heading=${msg('Holdfast cannot work here')}
        .reasons=${[describeError(failure)]}
        .link=${this.route.page === 'link' ? this.route.link : ''}
      ></hf-stop>`;
    }
    return html`<hf-stop .heading=${msg('Nothing can be done in this window')} .reasons=${[describeError(failure)]}>
      <div class="row">
        <button class="main" @click=${() => location.reload()}>${msg('Reload')}</button>
      </div>
    </hf-stop>`;
  }

  #notice(): unknown {
    if (!this.notice) return nothing;
    const { instead } = this.notice;
    return html`<div class="note bar" role="alert">
      <span>${this.notice.say()}</span>
      ${instead ? html`<button @click=${() => void this.#carryOut(instead)}>${msg('Use the browser’s downloads')}</button>` : nothing}
      <button class="quiet" @click=${() => (this.notice = undefined)}>${msg('Close')}</button>
    </div>`;
  }

  readonly #routed = (): void => {
    const first = !this.hasUpdated;
    this.#go(parseRoute(location.href));
    // as after a click on a link of another page: the keyboard and the screen reader begin at the top
    if (!first) void this.updateComplete.then(() => this.main.focus());
    scrollTo(0, 0);
  };

  #go(route: Route): void {
    this.route = route;
    this.notice = undefined;
    this.store.watch(route.page === 'order' ? route.order : undefined);
    this.#linkOpening.show(route.page === 'link' ? route.link : undefined);
    if (route.page === 'add') void this.updateComplete.then(() => this.#openAddDialog());
  }

  /** The system gave an address to the app that runs already: a link is opened, a page shown, the mere app stays where it is. */
  #launched(route: Route): void {
    if (route.page === 'link') this.#go(route);
    else if (route.page === 'order') location.hash = orderHref(route.order);
    else if (route.page !== 'orders') location.hash = `#/${route.page}`;
  }

  #openAddDialog(text = ''): void {
    this.#adding.reset();
    this.addDialog.show(text);
  }

  /** Cancelled, what is being added leads nowhere any more; and the address asks for the dialog no longer. */
  readonly #addDialogClosed = (): void => {
    this.#adding.reset();
    if (location.hash !== '#/add') return;
    history.replaceState(null, '', '#/');
    this.route = { page: 'orders' };
  };

  readonly #acted = ({ action }: OrderActionEvent): void => void this.#carryOut(action);

  async #carryOut(action: OrderAction): Promise<void> {
    this.notice = undefined;
    const outcome = await carryOut(action, {
      client: this.client,
      store: this.store,
      askLinks: () => this.#openAddDialog(),
      confirmRemoval: (summary) => this.removeDialog.ask(summary),
    });
    if (!outcome || outcome.ok) return;
    const { error } = outcome;
    const order = action.kind === 'start' || action.kind === 'resume' ? action.order : undefined;
    const canGoOn = error.code === 'folder-refused' || error.code === 'folder-permission';
    this.notice = {
      say: () => describeError(error, { folder: this.store.snapshot?.folder }),
      ...(canGoOn && { instead: { kind: 'use-downloads', ...(order !== undefined && { order }) } }),
    };
  }
}
