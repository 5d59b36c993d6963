import pLimit from 'p-limit';
import type { FileRecord, Journal, NetworkSettings, OrderRecord, PickedFolders } from '../ports.ts';
import type { Machine } from './sim-machine.ts';

/** One atomic commit: keys and their new values, undefined where they are deleted. */
type Commit = readonly (readonly [string, unknown])[];

/** A journal whose commits are atomic and in order. A power cut may take the last relaxed ones, never a strict one. */
export class SimJournal {
  private readonly durable = new Map<string, unknown>();
  private now = new Map<string, unknown>();
  private relaxed: Commit[] = [];
  onFile: (record: FileRecord) => void = () => undefined;

  constructor(private readonly machine: Machine) {
    machine.add(this);
  }

  crash(kind: 'kill' | 'power'): void {
    const kept = kind === 'kill' ? this.relaxed.length : this.machine.pick(this.relaxed.length + 1);
    for (const commit of this.relaxed.slice(0, kept)) apply(this.durable, commit);
    this.relaxed = [];
    this.now = new Map(this.durable);
  }

  /** The record of a file as a reader sees it now. */
  file(order: string, file: number): FileRecord | undefined {
    return this.now.get(`file/${order}/${file}`) as FileRecord | undefined;
  }

  /** All keys, for the end of a run. */
  keys(): string[] {
    return [...this.now.keys()];
  }

  journal(life: number): Journal {
    const { machine } = this;
    // transactions on the same stores run in the order in which they were begun (Indexed Database API 3.0, section 2.7.2)
    const turn = pLimit(1);
    const read = <T>(name: string, effect: () => T): Promise<T> =>
      turn(() => machine.async(life, `journal.${name}`, ['storage-failed'], effect));
    const write = (name: string, commit: Commit, durability: 'strict' | 'relaxed' = 'strict'): Promise<void> =>
      read(name, () => this.commit(commit, durability));
    const all = <T>(prefix: string): T[] =>
      [...this.now].filter(([key]) => key.startsWith(prefix)).map(([, value]) => value as T);
    return {
      orders: () => read('orders', () => all<OrderRecord>('order/')),
      known: () =>
        read('known', () => {
          const keys = this.keys().filter((key) => key.startsWith('order/') || key.startsWith('description/'));
          return [...new Set(keys.map((key) => key.split('/')[1] ?? ''))];
        }),
      description: (order) =>
        read('description', () => this.now.get(`description/${order}`) as Uint8Array<ArrayBuffer> | undefined),
      files: (order) => read('files', () => all<FileRecord>(`file/${order}/`)),
      addOrder: (record, description) =>
        read('addOrder', () =>
          this.commit(
            [
              ...this.keysOf(record.order).map((key) => [key, undefined] as const),
              [`order/${record.order}`, record],
              [`description/${record.order}`, description],
            ],
            'strict',
          ),
        ),
      putOrder: (record) => write('putOrder', [[`order/${record.order}`, record]]),
      putDescription: (order, description) => write('putDescription', [[`description/${order}`, description]]),
      putFile: (record, durability = 'relaxed') =>
        read(`putFile ${record.state.kind}`, () => {
          this.onFile(record);
          this.commit([[`file/${record.order}/${record.file}`, structuredClone(record)]], durability);
        }),
      removeOrder: (order) =>
        read('removeOrder', () =>
          this.commit(
            this.keysOf(order).map((key) => [key, undefined] as const),
            'strict',
          ),
        ),
      // the log is none of the engine's business: it takes no part in faults
      log: () => Promise.resolve([]),
      putLog: () => Promise.resolve(),
      folders: () =>
        read('folders', () => (this.now.get('folders') ?? { handles: [], current: undefined }) as PickedFolders),
      putFolders: (folders) => write('putFolders', [['folders', folders]]),
      network: () => read('network', () => this.now.get('network') as NetworkSettings | undefined),
      putNetwork: (settings) => write('putNetwork', [['network', settings]], 'relaxed'),
    };
  }

  private keysOf(order: string): string[] {
    return this.keys().filter((key) => key.split('/')[1] === order);
  }

  private commit(commit: Commit, durability: 'strict' | 'relaxed'): void {
    apply(this.now, commit);
    this.relaxed.push(commit);
    if (durability === 'relaxed') return;
    for (const each of this.relaxed) apply(this.durable, each);
    this.relaxed = [];
  }
}

function apply(state: Map<string, unknown>, commit: Commit): void {
  for (const [key, value] of commit) {
    if (value === undefined) state.delete(key);
    else state.set(key, value);
  }
}
