import { AppError } from '../../order/errors.ts';
import type { PartFile, PartStore } from '../ports.ts';
import type { Machine } from './sim-machine.ts';
import { simFile } from './sim-file.ts';

interface Write {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** One part on the virtual disk: what a crash cannot take, and what was written since the last flush. */
interface Part {
  durable: Uint8Array;
  now: Uint8Array;
  unflushed: Write[];
  open: boolean;
}

/** Bytes of a block: a torn write keeps whole blocks, or a beginning. */
const BLOCK = 512;

/** A part store on a virtual disk: at a crash every write that was not flushed is kept, dropped or torn. */
export class SimParts {
  readonly disk = new Map<string, Part>();
  /** Parts that were removed, with what a power cut may bring back. */
  private removed = new Map<string, Part>();
  /** Parts that lost flushed bytes: what the journal says of them may be wrong. */
  readonly rotten = new Set<string>();
  /** True while another program holds a part. */
  isHeld: () => boolean = () => false;
  /** True while the disk takes no more bytes. */
  isFull: () => boolean = () => false;
  /** True where a write takes only half of what it was given, and the part store finds that out. */
  isShort: () => boolean = () => false;
  /** Bytes that the disk has for parts, all together. */
  room = Infinity;
  onRemove: (order: string, file: number | undefined) => void = () => undefined;

  constructor(
    private readonly machine: Machine,
    /** False for a store whose `flush` does nothing: one that the model must find guilty. */
    private readonly flushes = true,
    /** True for a disk that loses flushed bytes when the power fails: a part is gone, short, or holds other bytes. */
    private readonly rots = false,
  ) {
    machine.add(this);
  }

  /** What would be left of a part if the power failed now. */
  durable(order: string, file: number): Uint8Array | undefined {
    return this.disk.get(`${order}/${file}`)?.durable;
  }

  crash(kind: 'kill' | 'power'): void {
    if (kind === 'power') {
      for (const [key, part] of this.removed) if (this.machine.chance(0.3)) this.disk.set(key, part);
    }
    this.removed = new Map();
    for (const part of this.disk.values()) {
      let after = part.durable;
      for (const write of part.unflushed) after = this.tear(after, write);
      part.durable = part.now = after;
      part.unflushed = [];
      part.open = false;
    }
    if (kind === 'power' && this.rots) for (const key of this.disk.keys()) if (this.machine.chance(0.5)) this.rot(key);
  }

  private rot(key: string): void {
    const part = this.disk.get(key) as Part;
    this.rotten.add(key);
    const fate = this.machine.pick(3);
    if (fate === 0) this.disk.delete(key);
    else if (fate === 1) part.now = part.now.slice(0, this.machine.pick(part.now.length + 1));
    else if (part.now.length > 0) {
      part.now = part.now.slice();
      part.now[this.machine.pick(part.now.length)]! ^= 0xff;
    }
    part.durable = part.now;
  }

  store(life: number): PartStore {
    const { machine } = this;
    const run = <T>(name: string, effect: () => T): Promise<T> =>
      machine.async(life, `parts.${name}`, ['storage-failed'], effect);
    return {
      open: (order, file) => run('open', () => this.open(life, `${order}/${file}`)),
      blob: (order, file) =>
        run('blob', () => {
          const part = this.disk.get(`${order}/${file}`);
          return part && simFile(machine, life, () => part.now);
        }),
      remove: (order, file) =>
        run('remove', () => {
          this.onRemove(order, file);
          this.remove(`${order}/${file}`);
        }),
      removeOrder: (order) =>
        run('removeOrder', () => {
          this.onRemove(order, undefined);
          for (const key of this.disk.keys()) if (key.startsWith(`${order}/`)) this.remove(key);
        }),
      files: (order) =>
        run('files', () =>
          [...this.disk.keys()].filter((key) => key.startsWith(`${order}/`)).map((key) => Number(key.split('/')[1])),
        ),
      hasRoom: (bytes) => run('hasRoom', () => !this.isFull() && this.used() + bytes <= this.room),
      orders: () => run('orders', () => [...new Set([...this.disk.keys()].map((key) => key.split('/')[0] ?? ''))]),
    };
  }

  private open(life: number, key: string): PartFile {
    const { machine } = this;
    if (this.isHeld()) throw new AppError('storage-busy', 'simulated');
    const part = this.disk.get(key) ?? { durable: new Uint8Array(), now: new Uint8Array(), unflushed: [], open: false };
    if (part.open) throw new Error('A second handle for one part: the engine must have one writer a file.');
    part.open = true;
    this.disk.set(key, part);
    const write = (bytes: Uint8Array, at: number): void => {
      if (!part.open) throw new Error('A write to a closed handle.');
      const growth = Math.max(0, at + bytes.length - part.now.length);
      if (this.isFull() || this.used() + growth > this.room) throw new AppError('disk-full', 'simulated');
      const short = this.isShort();
      const copy = bytes.slice(0, short ? bytes.length >> 1 : bytes.length);
      part.now = apply(part.now, { at, bytes: copy });
      part.unflushed.push({ at, bytes: copy });
      if (short) throw new AppError('disk-full', 'simulated, after half of a write');
    };
    return {
      write: (bytes, at) =>
        machine.sync(
          life,
          'part.write',
          ['disk-full', 'storage-failed'],
          () => write(bytes, at),
          () => write(bytes.subarray(0, machine.pick(bytes.length)), at),
        ),
      read: (buffer, at) =>
        machine.sync(life, 'part.read', ['storage-failed'], () => {
          const there = part.now.subarray(at, at + buffer.length);
          buffer.set(there);
          return there.length;
        }),
      size: () => machine.sync(life, 'part.size', ['storage-failed'], () => part.now.length),
      flush: () =>
        machine.sync(life, 'part.flush', ['storage-failed', 'disk-full'], () => {
          if (!this.flushes) return;
          part.durable = part.now;
          part.unflushed = [];
        }),
      close: () => {
        if (machine.isAlive(life)) part.open = false;
      },
    };
  }

  /** Bytes of all parts. */
  used(): number {
    return [...this.disk.values()].reduce((sum, { now }) => sum + now.length, 0);
  }

  private remove(key: string): void {
    const part = this.disk.get(key);
    if (part?.open) throw new Error('A part was removed while it was open.');
    if (part) this.removed.set(key, part);
    this.disk.delete(key);
  }

  private tear(before: Uint8Array, write: Write): Uint8Array {
    const { machine } = this;
    const fate = machine.pick(4);
    if (fate === 0) return before;
    if (fate === 1) return apply(before, write);
    if (fate === 2)
      return apply(before, { at: write.at, bytes: write.bytes.subarray(0, machine.pick(write.bytes.length)) });
    let after = before;
    for (let at = 0; at < write.bytes.length; at += BLOCK) {
      if (machine.chance(0.5)) after = apply(after, { at: write.at + at, bytes: write.bytes.subarray(at, at + BLOCK) });
    }
    return after;
  }
}

function apply(before: Uint8Array, { at, bytes }: Write): Uint8Array {
  const after = new Uint8Array(Math.max(before.length, at + bytes.length));
  after.set(before);
  after.set(bytes, at);
  return after;
}
