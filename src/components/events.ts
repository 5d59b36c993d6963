import type { MainAction } from '../client/main-action.ts';

/** Something the user wants done with an order. */
export type OrderAction =
  | { readonly kind: MainAction | 'choose-folder' | 'remove'; readonly order: string }
  | { readonly kind: 'retry'; readonly order: string; readonly file: number };

/** An element asks for an action; the shell carries it out. */
export class OrderActionEvent extends Event {
  static readonly type = 'hf-order-action';

  constructor(readonly action: OrderAction) {
    super(OrderActionEvent.type, { bubbles: true, composed: true });
  }
}

/** The text of the links dialog was confirmed. */
export class AddLinksEvent extends Event {
  static readonly type = 'hf-add-links';

  constructor(readonly text: string) {
    super(AddLinksEvent.type);
  }
}

/** A tile of the order map was clicked. */
export class FileChosenEvent extends Event {
  static readonly type = 'hf-file-chosen';

  constructor(readonly file: number) {
    super(FileChosenEvent.type);
  }
}

declare global {
  interface HTMLElementEventMap {
    'hf-order-action': OrderActionEvent;
    'hf-add-links': AddLinksEvent;
    'hf-file-chosen': FileChosenEvent;
  }
}
