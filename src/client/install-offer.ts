import { prefer, preferences } from './preferences.ts';

/** The browser's question "Install this app?", kept until it is the right moment. Chromium only, so not in the library's types. */
interface InstallPrompt extends Event {
  prompt(): Promise<{ readonly outcome: 'accepted' | 'dismissed' }>;
}

/** Holds back the browser's own offer to install the app, for the page to make it with its reason. */
export class InstallOffer extends EventTarget {
  #prompt: InstallPrompt | undefined;

  constructor() {
    super();
    window.addEventListener('beforeinstallprompt', (event) => {
      event.preventDefault();
      this.#change(event as InstallPrompt);
    });
    window.addEventListener('appinstalled', () => this.#change(undefined));
  }

  /** True in a window of the installed app. */
  get installed(): boolean {
    return matchMedia('(display-mode: standalone)').matches;
  }

  /** True while the browser would install the app. */
  get possible(): boolean {
    return this.#prompt !== undefined;
  }

  /** Shows the browser's question. Must be called in a click; the browser gives it only once. */
  async ask(): Promise<void> {
    const prompt = this.#prompt;
    this.#change(undefined);
    const answer = await prompt?.prompt();
    // a no to the browser is a no to the page: it stays in the settings
    if (answer?.outcome === 'dismissed') prefer({ declined: [...preferences().declined, 'install'] });
  }

  #change(prompt: InstallPrompt | undefined): void {
    this.#prompt = prompt;
    this.dispatchEvent(new Event('change'));
  }
}
