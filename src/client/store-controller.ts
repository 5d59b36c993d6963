import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { OrderStore } from './order-store.ts';

/** Renders its host again whenever the store has changed. */
export class StoreController implements ReactiveController {
  readonly #update = (): void => this.host.requestUpdate();

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly store: OrderStore,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.store.addEventListener('change', this.#update);
  }

  hostDisconnected(): void {
    this.store.removeEventListener('change', this.#update);
  }
}
