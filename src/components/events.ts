import type { Copy } from '../client/copies.ts';
import type { FileRow, Limits } from '../engine-api.ts';
import type { MainAction } from '../client/main-action.ts';

/** Main actions that are about no order in particular. */
type PageAction = 'choose-folder' | 'paste-link' | 'reload';

/** Something the user wants done with all orders, or with one. */
export type OrderAction =
  | { readonly kind: 'limits'; readonly limits: Limits }
  /** `order`: the one that is started then. */
  | { readonly kind: 'use-downloads'; readonly order?: string }
  | { readonly kind: PageAction | 'pause-all' | 'resume-all' }
  | { readonly kind: Exclude<MainAction, PageAction> | 'remove' | 'first'; readonly order: string }
  | { readonly kind: 'download-again'; readonly order: string; readonly row: FileRow }
  | { readonly kind: 'retry' | 'file-first'; readonly order: string; readonly file: number };

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

/** Files with links were chosen. */
export class AddFilesEvent extends Event {
  static readonly type = 'hf-add-files';

  constructor(readonly files: readonly File[]) {
    super(AddFilesEvent.type);
  }
}

/** Files of the user were dropped on the window; whoever has a use for them says so by `preventDefault`. */
export class FilesDroppedEvent extends Event {
  static readonly type = 'hf-files-dropped';

  constructor(readonly files: readonly Copy[]) {
    super(FilesDroppedEvent.type, { cancelable: true });
  }
}

/** The password of an order was entered. */
export class PasswordEvent extends Event {
  static readonly type = 'hf-password';

  constructor(readonly password: string) {
    super(PasswordEvent.type);
  }
}

/** A tile of the order map was clicked, or chosen by the keyboard. */
export class FileChosenEvent extends Event {
  static readonly type = 'hf-file-chosen';

  /** `byKey`: the keyboard goes to the file's row. */
  constructor(
    readonly file: number,
    readonly byKey: boolean,
  ) {
    super(FileChosenEvent.type);
  }
}

/** The details of a file are to be shown, or hidden again. */
export class DetailsToggledEvent extends Event {
  static readonly type = 'hf-details-toggled';

  constructor(readonly file: number) {
    super(DetailsToggledEvent.type, { bubbles: true, composed: true });
  }
}

/** A file is to be looked at in the app. */
export class FileOpenedEvent extends Event {
  static readonly type = 'hf-file-opened';

  constructor(readonly file: number) {
    super(FileOpenedEvent.type, { bubbles: true, composed: true });
  }
}

declare global {
  interface HTMLElementEventMap {
    'hf-order-action': OrderActionEvent;
    'hf-add-links': AddLinksEvent;
    'hf-add-files': AddFilesEvent;
    'hf-file-chosen': FileChosenEvent;
    'hf-password': PasswordEvent;
    'hf-details-toggled': DetailsToggledEvent;
    'hf-file-opened': FileOpenedEvent;
  }
  interface WindowEventMap {
    'hf-files-dropped': FilesDroppedEvent;
  }
}
