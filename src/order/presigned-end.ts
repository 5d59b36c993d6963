/** When a presigned URL ends, in ms since the epoch, by the clock of who signed it: SigV4's, or Holdfast's own. Undefined when it does not say. */
export function presignedEnd(url: string): number | undefined {
  if (!URL.canParse(url)) return undefined;
  const query = new URL(url).searchParams;
  const own = Number(query.get('expires') ?? Number.NaN);
  if (Number.isSafeInteger(own)) return own * 1000;
  const date = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query.get('X-Amz-Date') ?? '');
  const seconds = Number(query.get('X-Amz-Expires') ?? Number.NaN);
  if (!date || !Number.isSafeInteger(seconds)) return undefined;
  const [year = 0, month = 0, ...rest] = date.slice(1).map(Number);
  return Date.UTC(year, month - 1, ...rest) + seconds * 1000;
}
