import type { ReactiveControllerHost } from 'lit';
import type { EngineClient } from '../client/engine-client.ts';
import type { AppErrorData } from '../order/errors.ts';

/** What opening needs of the page. */
export interface OpeningEvents {
  /** The order is in the list, and no other page was shown meanwhile. */
  readonly done: (order: string) => void;
  /** True while the order is in the list. */
  readonly isHere: (order: string) => boolean;
}

/** Opens the order link that the address bar, or the system, gave. */
export class LinkOpening {
  /** Why the link that is shown could not be opened. */
  error: AppErrorData | undefined;
  /** True once a password was given that is not right. */
  passwordWrong = false;
  #shown: string | undefined;
  #opened: { readonly link: string; readonly order: string } | undefined;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly client: EngineClient,
    private readonly events: OpeningEvents,
  ) {}

  /** Another page is shown, or another link, which is opened. A link that comes twice, as a window's first one does, is opened once. */
  show(link: string | undefined): void {
    if (link !== undefined && link === this.#shown && !this.error) return;
    this.#shown = link;
    this.error = undefined;
    this.passwordWrong = false;
    if (link === undefined) return;
    if (this.#opened?.link === link && this.events.isHere(this.#opened.order)) this.events.done(this.#opened.order);
    else void this.open(link);
  }

  /** Asks the engine, which asks the service. */
  async open(link: string, password?: string): Promise<void> {
    if (password === undefined) this.error = undefined;
    this.host.requestUpdate();
    const outcome = await this.client.command((engine) => engine.open(link, password));
    if (this.#shown !== link) return;
    if (outcome.ok) {
      this.#opened = { link, order: outcome.value.order };
      return this.events.done(outcome.value.order);
    }
    this.error = outcome.error;
    this.passwordWrong = password !== undefined;
    this.host.requestUpdate();
  }
}
