/** How long an object URL is kept for the browser to begin its download, in ms. */
const REVOKE_AFTER_MS = 60_000;

/** Gives a file to the browser's downloads under `name`. */
export function download(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), REVOKE_AFTER_MS);
}
