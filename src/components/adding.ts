import type { ReactiveControllerHost } from 'lit';
import type { EngineClient } from '../client/engine-client.ts';
import { readLinkFiles } from '../client/link-files.ts';
import { addLinks } from '../client/order-commands.ts';
import type { Outcome } from '../engine-api.ts';
import type { AppErrorData } from '../order/errors.ts';

/** What adding needs of the page. */
export interface AddingEvents {
  /** The order is in the list, and nobody has turned away meanwhile. */
  readonly added: (order: string) => void;
  /** It went wrong: `text` is what was to be added, where a field can hold it. */
  readonly failed: (text: string) => void;
}

/** Adds orders of links, whether pasted, chosen, dropped or opened with the app. */
export class Adding {
  busy = false;
  error: AppErrorData | undefined;
  #turn = 0;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly client: EngineClient,
    private readonly events: AddingEvents,
  ) {}

  /** Forgets an error, and that something is on its way: it is still added, and leads nowhere. */
  reset(): void {
    this.#turn++;
    this.busy = false;
    this.error = undefined;
    this.host.requestUpdate();
  }

  /** Adds what was pasted. */
  add(text: string): Promise<void> {
    return this.#run(text, () => addLinks(this.client, text));
  }

  /** Adds what is in files: a Metalink each, or links of all together. */
  addFiles(files: Iterable<File>): Promise<void> {
    return this.#run('', async () => {
      const read = await readLinkFiles(files);
      if (!read.ok) return read;
      let outcome: Outcome<{ order: string }> | undefined;
      for (const text of read.value) {
        outcome = await addLinks(this.client, text);
        if (!outcome.ok) break;
      }
      return outcome;
    });
  }

  /** Says why nothing can be added. */
  fail(error: AppErrorData): void {
    this.error = error;
    this.host.requestUpdate();
    this.events.failed('');
  }

  async #run(text: string, task: () => Promise<Outcome<{ order: string }> | undefined>): Promise<void> {
    const turn = ++this.#turn;
    this.busy = true;
    this.error = undefined;
    this.host.requestUpdate();
    const outcome = await task();
    if (turn !== this.#turn) return;
    this.busy = false;
    this.host.requestUpdate();
    if (outcome?.ok) return this.events.added(outcome.value.order);
    this.error = outcome?.error;
    this.events.failed(text);
  }
}
