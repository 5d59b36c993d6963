import type { Snapshot } from '../engine-api.ts';

/** The state of things and what happened when, as text without secrets; `log` is the lines of the event log. */
export function writeDiagnostics({ orders, folder, folderNeedsPermission }: Snapshot, log: string): string {
  const lines = orders.map(
    ({ id, kind, state, reason, files, filesSaved, filesFailed, bytes, bytesVerified, bytesFetchedTwice }) =>
      `${id}: ${kind}, ${state}, ${reason?.code ?? 'no reason'}, ${filesSaved} saved and ${filesFailed} failed of ` +
      `${files} files, ${bytesVerified} of ${bytes} bytes verified, ${bytesFetchedTwice} fetched twice`,
  );
  const where = `folder: ${folder === undefined ? 'none' : 'picked'}${folderNeedsPermission ? ', not permitted' : ''}`;
  return [`Holdfast, ${new Date().toISOString()}`, where, ...lines, '', log].join('\n');
}
