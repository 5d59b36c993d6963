import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { droppedFiles, prepareDrop, type Copy } from '../client/copies.ts';
import { sortFiles } from '../client/link-files.ts';
import { FilesDroppedEvent } from './events.ts';

/** Where dropped things go. */
export interface DropTargets {
  readonly linkFiles: (files: readonly File[]) => void;
  readonly text: (text: string) => void;
  /** Files of the user on a page that has no use for them. */
  readonly unwanted: () => void;
}

/**
 * Takes whatever is dropped anywhere in the window: the browser would open it in the app's place. Files with links are added, others
 * are offered to the order whose page is shown.
 */
export class PageDrop implements ReactiveController {
  constructor(
    host: ReactiveControllerHost,
    private readonly targets: DropTargets,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    window.addEventListener('dragenter', this.#entered);
    window.addEventListener('dragover', this.#over);
    window.addEventListener('drop', this.#dropped);
  }

  hostDisconnected(): void {
    window.removeEventListener('dragenter', this.#entered);
    window.removeEventListener('dragover', this.#over);
    window.removeEventListener('drop', this.#dropped);
  }

  readonly #entered = (event: DragEvent): void => {
    // files of a dropped folder can only be had during the drop, so what reads them is loaded before
    if (holdsFiles(event)) void prepareDrop().catch(() => undefined);
  };

  readonly #over = (event: DragEvent): void => {
    if (!isForField(event)) event.preventDefault();
  };

  readonly #dropped = (event: DragEvent): void => {
    if (isForField(event)) return;
    event.preventDefault();
    if (holdsFiles(event)) void this.#take(droppedFiles(event));
    else this.#takeText(event.dataTransfer?.getData('text') ?? '');
  };

  #takeText(text: string): void {
    if (text.trim() !== '') this.targets.text(text);
  }

  async #take(dropped: Promise<readonly Copy[]>): Promise<void> {
    const { links, copies } = await sortFiles(await dropped.catch(() => []));
    if (links.length > 0) this.targets.linkFiles(links);
    const offered = new FilesDroppedEvent(copies);
    if (copies.length > 0 && window.dispatchEvent(offered)) this.targets.unwanted();
  }
}

/** True for a drag of files, as opposed to text or a link. */
export function holdsFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer?.types.includes('Files') === true;
}

/** Text that is dragged into a field is the field's own. */
function isForField(event: DragEvent): boolean {
  const [target] = event.composedPath();
  const isField = target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement;
  return isField && !holdsFiles(event);
}
