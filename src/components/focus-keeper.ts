/** What can have the keyboard. */
const FOCUSABLE = 'a[href], button:not(:disabled), input, select, textarea, [tabindex="0"]';

/**
 * Puts the keyboard somewhere when what had it goes away: a button that is not needed any more, a notice that was closed. The
 * browser would begin at the top of the window. A file's row keeps it; else `otherwise` is asked.
 */
export class FocusKeeper {
  /** What had the keyboard last, from the inside out; empty when it was left on purpose. */
  #path: readonly EventTarget[] = [];

  constructor(private readonly otherwise: () => void) {
    document.addEventListener('focusin', (event) => (this.#path = event.composedPath()), { capture: true });
    // a press beside everything takes the keyboard away because the user wants that
    document.addEventListener('pointerdown', () => (this.#path = []), { capture: true });
    document.addEventListener('click', () => this.check(), { capture: true });
  }

  /** Looks, once everything is drawn, whether the keyboard is lost. */
  check(): void {
    setTimeout(() => {
      if (document.activeElement !== document.body || this.#path.length === 0) return;
      const [lost] = this.#path;
      if (lost instanceof Element && lost.isConnected && lost.checkVisibility()) return this.#give(lost);
      const row = this.#path.find((each) => each instanceof HTMLElement && each.dataset['file'] !== undefined);
      const next = row instanceof HTMLElement && row.isConnected ? row.shadowRoot?.querySelector(FOCUSABLE) : undefined;
      if (next) this.#give(next);
      else this.otherwise();
    });
  }

  #give(element: Element): void {
    // where it is, is where the user looks
    if (element instanceof HTMLElement) element.focus({ preventScroll: true });
  }
}
