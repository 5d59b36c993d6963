import type { FileRecord, Journal } from './ports.ts';

/** What no part tells when the journal is gone. */
const SETTLED: readonly FileRecord['state']['kind'][] = ['saving', 'saved', 'handed-over'];

/**
 * A journal of which the essence is kept twice: the orders, the folders, what is saved. When Chromium is killed between two writes to the
 * log of its database, the start after the next takes the database for corrupt and begins an empty one. What `journal` has lost
 * is taken from `copy` first. Which pieces there are is not copied: recovery finds them by content. A copy that fails harms nothing.
 */
export async function withCopy(journal: Journal, copy: Journal): Promise<Journal> {
  await takeOver(journal, copy).catch(() => undefined);
  /** Files of which a record was copied in this run, and whether that says more than the part does. */
  const settled = new Map<string, boolean>();
  // the copy lags the journal, and nobody waits for it: on a full disk it is not even tried
  const twice = async (write: (to: Journal) => Promise<void>): Promise<void> => {
    await write(journal);
    write(copy).catch(() => undefined);
  };
  return {
    ...journal,
    addOrder: (record, description) => twice((to) => to.addOrder(record, description)),
    putOrder: (record) => twice((to) => to.putOrder(record)),
    putDescription: (order, description) => twice((to) => to.putDescription(order, description)),
    putFile(record, durability) {
      const key = `${record.order} ${record.file}`;
      const isSettled = SETTLED.includes(record.state.kind);
      if (!isSettled && settled.get(key) === false) return journal.putFile(record, durability);
      settled.set(key, isSettled);
      return twice((to) => to.putFile(record, durability));
    },
    async removeOrder(order) {
      // one that the copy still had would be back at the next start
      await copy.removeOrder(order);
      await journal.removeOrder(order);
    },
    putFolders: (folders) => twice((to) => to.putFolders(folders)),
    putNetwork: (settings) => twice((to) => to.putNetwork(settings)),
  };
}

/** What one of the two does not have is taken from the other: nothing that either has is given up. */
async function takeOver(journal: Journal, copy: Journal): Promise<void> {
  const [kept, copied] = await Promise.all([journal.known(), copy.known()]);
  const lost = copied.filter((order) => !kept.includes(order));
  await transfer(copy, journal, lost);
  await transfer(
    journal,
    copy,
    kept.filter((order) => !copied.includes(order)),
  );
  const [folders, more] = await Promise.all([journal.folders(), copy.folders()]);
  if (more.handles.length > folders.handles.length) await journal.putFolders(more);
  else if (folders.handles.length > more.handles.length) await copy.putFolders(folders);
  if (lost.length === 0) return;
  const network = (await journal.network()) ?? (await copy.network());
  if (network) await journal.putNetwork(network);
  const line = `The browser had lost the journal, or a part of it: ${lost.length} orders were taken from its copy`;
  await journal.putLog([...(await journal.log()), `${new Date().toISOString()} ${line}`]);
}

async function transfer(from: Journal, to: Journal, orders: readonly string[]): Promise<void> {
  if (orders.length === 0) return;
  for (const record of await from.orders()) {
    const description = orders.includes(record.order) && (await from.description(record.order));
    if (!description) continue;
    const files = await from.files(record.order);
    // begun together: none of them waits for the others
    const settled = files.filter(({ state }) => SETTLED.includes(state.kind));
    await Promise.all([to.addOrder(record, description), ...settled.map((file) => to.putFile(file))]);
  }
}
