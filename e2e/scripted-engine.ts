import type { Page } from '@playwright/test';
import type { FileRow, Snapshot } from '../src/engine-api.ts';

/** What the page is shown: a snapshot, and the rows of its orders. */
export interface Scene {
  readonly snapshot: Snapshot;
  readonly rows: Readonly<Record<string, readonly FileRow[]>>;
  /** What text files say; without it their bytes do not come. */
  readonly text?: string;
  /** What commands answer, by name, where it is not a plain yes. */
  readonly answers?: Answers;
}

type Answers = Readonly<Record<string, unknown>>;

/**
 * Puts a scripted engine in the worker's place, so that the real page can be looked at in any state at once: it speaks Comlink's
 * messages, answers `subscribe` and `rows` from the scene, and says yes to every command. Call it before the page is opened;
 * `showScene` changes what is shown.
 */
export async function scriptEngine(page: Page, scene: Scene): Promise<void> {
  await page.addInitScript(installScript, portable(scene));
}

/** Shows another scene on a page whose engine is scripted. */
export async function showScene(page: Page, scene: Scene): Promise<void> {
  await page.evaluate((next) => (window as unknown as ScriptedWindow).showScene(next), portable(scene));
}

/** The commands that the page has given, by name. */
export function commandsOf(page: Page): Promise<string[]> {
  return page.evaluate(() => (window as unknown as ScriptedWindow).commands);
}

type Bits = 'pieces' | 'begun' | 'bad';
type PortableRow = Omit<FileRow, Bits> & Record<Bits, number[] | undefined>;

/** A scene as JSON can hold it: bytes as numbers. */
interface PortableScene {
  readonly snapshot: Snapshot;
  readonly rows: Readonly<Record<string, readonly PortableRow[]>>;
  readonly text?: string;
  readonly answers: Answers;
}

function portable({ snapshot, rows, text, answers = {} }: Scene): PortableScene {
  const list = (bits: Uint8Array | undefined): number[] | undefined => bits && [...bits];
  const plain = (row: FileRow): PortableRow => ({
    ...row,
    pieces: list(row.pieces),
    begun: list(row.begun),
    bad: list(row.bad),
  });
  return {
    snapshot,
    rows: Object.fromEntries(Object.entries(rows).map(([order, files]) => [order, files.map(plain)])),
    ...(text !== undefined && { text }),
    answers,
  };
}

interface ScriptedWindow {
  showScene(scene: PortableScene): void;
  commands: string[];
}

/** Runs in the page, so it can use nothing from outside. */
function installScript(first: PortableScene): void {
  let scene = first;
  const listeners: MessagePort[] = [];
  const commands: string[] = [];
  const send = (port: MessagePort): void =>
    port.postMessage({ id: 'x', type: 'APPLY', path: [], argumentList: [{ type: 'RAW', value: scene.snapshot }] });

  class ScriptedWorker extends EventTarget {
    onerror = null;
    postMessage({ id, path, argumentList }: { id: string; path: string[]; argumentList: { value: unknown }[] }): void {
      const [name = ''] = path;
      if (name === 'life') return; // the page waits for its end, which never comes
      const value = this.answer(name, argumentList);
      setTimeout(() => this.dispatchEvent(new MessageEvent('message', { data: { id, type: 'RAW', value } })));
    }
    terminate(): void {}

    private answer(name: string, args: { value: unknown }[]): unknown {
      if (name === 'subscribe') {
        const port = args[0]?.value as MessagePort;
        port.start();
        listeners.push(port);
        send(port);
        return undefined;
      }
      if (name === 'rows') {
        const since = args[1]?.value as number;
        const { revision } = scene.snapshot;
        const files = since >= revision ? [] : (scene.rows[args[0]?.value as string] ?? []);
        const bytes = (bits: number[] | undefined): Uint8Array | undefined => bits && Uint8Array.from(bits);
        const real = (row: PortableRow): FileRow => ({
          ...row,
          pieces: bytes(row.pieces),
          begun: bytes(row.begun),
          bad: bytes(row.bad),
        });
        return { revision, rows: files.map(real) };
      }
      if (name === 'ping') return undefined;
      if (name === 'foldersFor') return [];
      if (name === 'diagnostics') return 'what the engine says';
      if (name === 'preview' && scene.text !== undefined) {
        const body = new Blob([scene.text]);
        return { ok: true, value: { mediaType: 'text/plain', size: body.size + 1, body } };
      }
      commands.push(name);
      if (name in scene.answers) return scene.answers[name];
      return { ok: true, value: name === 'importFile' ? { file: undefined, bytes: 0 } : undefined };
    }
  }
  Object.assign(window, {
    Worker: ScriptedWorker,
    commands,
    showScene(next: PortableScene) {
      scene = next;
      listeners.forEach(send);
    },
  });
}
