/** A `Content-Disposition` that saves under `fileName` (RFC 6266), whatever letters it has; `inline` lets a browser show it. */
export function contentDisposition(fileName: string, inline = false): string {
  const plain = fileName.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(fileName).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${inline ? 'inline' : 'attachment'}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
