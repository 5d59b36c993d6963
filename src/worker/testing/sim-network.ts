import type { Machine } from './sim-machine.ts';
import type { SimOrder } from './sim-order.ts';

/** Where the simulated store keeps its objects. */
const STORE = 'https://store.test/';

/** The order service and the store, as `fetch` sees them: grants, ranges in small chunks, now and then a broken connection. */
export class SimNetwork {
  /** Called with each range that is asked for: the order, the number of its object, first byte, and the byte behind the last. */
  onRange: (order: SimOrder, object: number, start: number, end: number) => void = () => undefined;
  private readonly orders: readonly SimOrder[];

  constructor(
    private readonly machine: Machine,
    ...orders: readonly SimOrder[]
  ) {
    this.orders = orders;
  }

  /** `fetch` for one browser. */
  fetch(life: number): typeof fetch {
    return async (input, init = {}) => {
      const url = input as string;
      await this.machine.delay(life, 50);
      init.signal?.throwIfAborted();
      if (url.startsWith(STORE)) {
        const [order, object] = url.slice(STORE.length).split('/');
        return this.range(life, this.order(order), Number(object), init);
      }
      if (url.includes('/manifests/')) {
        return new Response(this.order(url.split('/').pop()).manifest);
      }
      if (!url.endsWith('/grants')) return new Response();
      const { manifest, files } = JSON.parse(init.body as string) as { manifest: string; files: number[] };
      const grants = files.map((file) => ({ file, url: `${STORE}${manifest}/${file}`, expiresIn: 600_000 }));
      return Response.json({ grants });
    };
  }

  /** A share link to one file. */
  linkTo({ order }: SimOrder, object: number): string {
    return `${STORE}${order}/${object}`;
  }

  private order(wanted: string | undefined): SimOrder {
    const order = this.orders.find((each) => wanted?.includes(each.order));
    if (!order) throw new Error(`Nobody published ${wanted}.`);
    return order;
  }

  private range(life: number, order: SimOrder, object: number, init: RequestInit): Response {
    const { machine } = this;
    const bytes = order.files[object]?.bytes ?? new Uint8Array();
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(new Headers(init.headers).get('Range') ?? '') ?? [];
    const end = Number(last) + 1;
    let at = Number(first);
    this.onRange(order, object, at, end);
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      type: 'bytes',
      start(controller) {
        init.signal?.addEventListener('abort', () => controller.error(new DOMException('aborted', 'AbortError')));
      },
      async pull(controller) {
        await machine.delay(life, 300);
        if (machine.chance(0.03)) return controller.error(new TypeError('connection reset'));
        if (at >= end) {
          controller.close();
          if ('byobRequest' in controller) controller.byobRequest?.respond(0);
          return;
        }
        const next = Math.min(end, at + 500 + machine.pick(4_000));
        controller.enqueue(bytes.slice(at, next));
        at = next;
      },
    });
    const headers = { 'Content-Range': `bytes ${first}-${last}/${bytes.length}`, ETag: '"1"' };
    return { status: 206, headers: new Headers(headers), body } as Response;
  }
}
