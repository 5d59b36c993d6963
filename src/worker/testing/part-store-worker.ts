import * as Comlink from 'comlink';
import { createOpfsPartStore } from '../opfs-part-store.ts';

const store = createOpfsPartStore();

/** Sync access handles exist in workers only: what a test asks of the part store there. */
const api = {
  async write(order: string, file: number, bytes: Uint8Array, at: number): Promise<number> {
    const part = await store.open(order, file);
    part.write(bytes, at);
    part.flush();
    const size = part.size();
    part.close();
    return size;
  },
  async read(order: string, file: number, at: number, length: number): Promise<Uint8Array> {
    const part = await store.open(order, file);
    const buffer = new Uint8Array(length);
    const read = part.read(buffer, at);
    part.close();
    return buffer.subarray(0, read);
  },
  /** The code of a write of which the browser takes only half. */
  async writeShort(order: string, bytes: Uint8Array): Promise<string | undefined> {
    const { write } = FileSystemSyncAccessHandle.prototype;
    FileSystemSyncAccessHandle.prototype.write = function (given, options) {
      return write.call(this, (given as Uint8Array<ArrayBuffer>).subarray(0, bytes.length >> 1), options);
    };
    const part = await store.open(order, 0);
    try {
      part.write(bytes, 0);
      return undefined;
    } catch (error) {
      return (error as { code: string }).code;
    } finally {
      part.close();
      FileSystemSyncAccessHandle.prototype.write = write;
    }
  },
  async holdFor(order: string, file: number, ms: number): Promise<void> {
    const part = await store.open(order, file);
    setTimeout(() => part.close(), ms);
  },
  blob: (order: string, file: number) => store.blob(order, file),
  remove: (order: string, file: number) => store.remove(order, file),
  removeOrder: (order: string) => store.removeOrder(order),
  orders: () => store.orders(),
  hasRoom: (bytes: number) => store.hasRoom(bytes),
};

/** What the test in the page may call. */
export type PartStoreApi = typeof api;

Comlink.expose(api);
