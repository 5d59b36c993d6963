interface LaunchParams {
  readonly targetURL?: string;
  readonly files: readonly FileSystemFileHandle[];
}
type LaunchGlobal = { readonly launchQueue?: { setConsumer(consumer: (params: LaunchParams) => void): void } };

/** At most this many bytes of a file are read as links: a `.meta4` of the largest order has less. */
const MAX_FILE = 32 * 1024 * 1024;

/** What the running app is given by the system: an order link that was clicked, or files that were opened with it. */
export interface LaunchListener {
  /** An address of the app; it never goes through the address bar. */
  opened(address: string): void;
  /** The text of files with links. */
  texts(text: string): void;
}

/** Takes what the system gives to the one running app (`launch_handler` and `file_handlers` of the manifest). */
export function takeLaunches(listener: LaunchListener): void {
  (globalThis as LaunchGlobal).launchQueue?.setConsumer(({ targetURL, files }) => {
    if (files.length > 0) void readFiles(files).then((text) => listener.texts(text));
    else if (targetURL !== undefined) listener.opened(targetURL);
  });
}

/** The text of files that hold links, one after the other. */
export async function readLinkFiles(files: Iterable<File>): Promise<string> {
  const texts = Array.from(files, (file) => (file.size <= MAX_FILE ? file.text() : Promise.resolve('')));
  return (await Promise.all(texts)).join('\n');
}

async function readFiles(handles: readonly FileSystemFileHandle[]): Promise<string> {
  return readLinkFiles(await Promise.all(handles.map((handle) => handle.getFile())));
}
