interface LaunchParams {
  readonly targetURL?: string;
  readonly files: readonly FileSystemFileHandle[];
}
type LaunchGlobal = { readonly launchQueue?: { setConsumer(consumer: (params: LaunchParams) => void): void } };

/** What the running app is given by the system: an order link that was clicked, or files that were opened with it. */
export interface LaunchListener {
  /** An address of the app; it never goes through the address bar. */
  opened(address: string): void;
  /** Files with links. */
  files(files: readonly File[]): void;
  /** Files that cannot be read: moved, or on a disk that is gone. */
  failed(): void;
}

/** Takes what the system gives to the one running app (`launch_handler` and `file_handlers` of the manifest). */
export function takeLaunches(listener: LaunchListener): void {
  (globalThis as LaunchGlobal).launchQueue?.setConsumer(({ targetURL, files }) => {
    if (files.length === 0) {
      if (targetURL !== undefined) listener.opened(targetURL);
      return;
    }
    Promise.all(files.map((handle) => handle.getFile())).then(
      (read) => listener.files(read),
      () => listener.failed(),
    );
  });
}
