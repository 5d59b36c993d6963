import prettyBytes from 'pretty-bytes';
import { listOrders, orderStatus } from '../orders/order-status.ts';
import type { OpenStore } from '../store/open-store.ts';
import { findings, type Finding } from './finding.ts';

/** Whether a customer at `speed` (bytes a second) can receive each order before its links end. `now` in ms since the epoch. */
export async function checkOrders(target: OpenStore, speed: number, now = Date.now()): Promise<Finding[]> {
  const { ok, warn } = findings('expiry and size');
  const found: Finding[] = [];
  for (const id of await listOrders(target)) {
    const order = await orderStatus(target, id, now);
    const active = order?.keys.filter(({ state, complete }) => state === 'active' && !complete) ?? [];
    const end = Math.min(...active.map(({ expiresAt }) => Date.parse(expiresAt)));
    const needed = ((order?.bytes ?? 0) / speed) * 1000;
    if (!order || end - now >= needed) continue;
    const size = prettyBytes(order.bytes, { binary: true });
    found.push(
      warn(
        `${id}: ${size} take ${(needed / 3_600_000).toFixed(1)} h at ${prettyBytes(speed)}/s, but a link ends at ${new Date(end).toISOString()}. Make a longer one: holdfast key ${id} --expires 30d; the customer goes on with it.`,
      ),
    );
  }
  return found.length > 0
    ? found
    : [ok(`Every open link lives long enough for a customer with ${prettyBytes(speed)}/s.`)];
}
