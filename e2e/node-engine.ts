import type { OrderSummary } from '../src/engine-api.ts';
import { Engine, type EnginePorts } from '../src/worker/engine.ts';
import type { Destination, FileRecord, Journal, OrderRecord, PartFile, PartStore } from '../src/worker/ports.ts';
import { plainHasher } from '../src/worker/testing/plain-hasher.ts';
import { MIB } from './delivery.ts';
import { cover, type Span } from './write-log.ts';

/** The real engine in this process, with real requests; only disk, journal and folder are in memory. */
export class NodeEngine {
  /** What is in the folder. */
  readonly saved = new Map<string, Uint8Array>();
  /** Bytes that had reached a part and were received again. */
  receivedTwice = 0;
  private readonly parts = new Map<number, Part>();

  private constructor(
    private readonly app: string,
    private readonly connections: number,
  ) {}

  /** Delivers the order of `link`, as far as that comes without a user; the order's last state. */
  static async deliver(
    link: string,
    app: string,
    connections: number,
  ): Promise<NodeEngine & { summary: OrderSummary }> {
    const self = new NodeEngine(app, connections);
    return Object.assign(self, { summary: await self.run(link) });
  }

  private async run(link: string): Promise<OrderSummary> {
    const { fetch } = globalThis;
    // the page asks its own origin by paths
    globalThis.fetch = (input, init) => fetch(new URL(input as string, this.app), init);
    try {
      const engine = await Engine.start(this.ports());
      await engine.setLimits({ connections: this.connections });
      const { order } = await engine.open(link);
      await engine.setDestination({ name: 'picked' } as FileSystemDirectoryHandle);
      await engine.start(order);
      for (;;) {
        const [summary] = engine.snapshot(true, undefined).orders;
        if (summary && ['done', 'attention'].includes(summary.state)) return summary;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    } finally {
      globalThis.fetch = fetch;
    }
  }

  private ports(): EnginePorts {
    return {
      journal: memoryJournal(this.connections),
      parts: this.partStore(),
      hasher: plainHasher,
      destinationIn: () => this.folder(),
      isWritable: () => Promise.resolve(true),
      onChange: () => undefined,
    };
  }

  private partStore(): PartStore {
    return {
      open: async (_order, file) => {
        const part = this.parts.get(file) ?? new Part((twice) => (this.receivedTwice += twice));
        this.parts.set(file, part);
        return part;
      },
      blob: async (_order, file) => {
        const part = this.parts.get(file);
        return part && new File([part.bytes()], String(file));
      },
      remove: async () => undefined,
      removeOrder: async () => undefined,
      orders: async () => [],
      files: async () => [...this.parts.keys()],
      hasRoom: async () => true,
    };
  }

  private folder(): Destination {
    return {
      existing: async (path) => {
        const bytes = this.saved.get(path);
        return bytes && new File([bytes as Uint8Array<ArrayBuffer>], path);
      },
      write: async (path, chunks) => {
        const parts: (Blob | BufferSource)[] = [];
        for await (const chunk of chunks) parts.push(chunk instanceof Blob ? chunk : copyOf(chunk));
        this.saved.set(path, new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer()));
      },
      discard: async () => undefined,
      pathOf: async () => undefined,
    };
  }
}

/** Bytes of a part, with room for all that a test delivers. */
class Part implements PartFile {
  private readonly memory = new Uint8Array(32 * MIB);
  private length = 0;
  private spans: readonly Span[] = [];

  constructor(private readonly onTwice: (bytes: number) => void) {}

  write(bytes: Uint8Array, at: number): void {
    const { spans, overlap } = cover(this.spans, [at, at + bytes.length]);
    this.spans = spans;
    this.onTwice(overlap);
    this.memory.set(bytes, at);
    this.length = Math.max(this.length, at + bytes.length);
  }

  read(buffer: Uint8Array, at: number): number {
    const there = this.memory.subarray(at, Math.min(this.length, at + buffer.length));
    buffer.set(there);
    return there.length;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return this.memory.subarray(0, this.length);
  }

  size(): number {
    return this.length;
  }

  flush(): void {}

  close(): void {}
}

function copyOf(chunk: BufferSource): Uint8Array<ArrayBuffer> {
  const bytes = ArrayBuffer.isView(chunk)
    ? new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    : new Uint8Array(chunk);
  return Uint8Array.from(bytes);
}

/** A journal that starts empty and knows how many connections the host is worth. */
function memoryJournal(connections: number): Journal {
  const orders = new Map<string, OrderRecord>();
  const descriptions = new Map<string, Uint8Array<ArrayBuffer>>();
  const files = new Map<string, FileRecord>();
  return {
    orders: async () => [...orders.values()],
    known: async () => [...orders.keys()],
    description: async (order) => descriptions.get(order),
    files: async (order) => [...files.values()].filter((file) => file.order === order),
    addOrder: async (record, description) => {
      orders.set(record.order, record);
      descriptions.set(record.order, description);
    },
    putOrder: async (record) => void orders.set(record.order, record),
    putDescription: async (order, description) => void descriptions.set(order, description),
    putFile: async (record) => void files.set(`${record.order} ${record.file}`, structuredClone(record)),
    removeOrder: async (order) => void orders.delete(order),
    log: async () => [],
    putLog: async () => undefined,
    folders: async () => ({ handles: [], current: undefined }),
    putFolders: async () => undefined,
    network: async () => ({ limits: {}, connections: new Map([['localhost', connections]]) }),
    putNetwork: async () => undefined,
  };
}
