import type { OrderState, OrderSummary } from '../engine-api.ts';
import { needsUser } from './order-words.ts';

/** Which orders are shown. */
export type OrderFilter = 'all' | 'open' | 'attention' | 'done';

export const ORDER_FILTERS: readonly OrderFilter[] = ['all', 'open', 'attention', 'done'];

const GROUP: Record<OrderState, Exclude<OrderFilter, 'all'>> = {
  ready: 'open',
  running: 'open',
  waiting: 'open',
  paused: 'open',
  attention: 'attention',
  done: 'done',
};

function groupOf(summary: OrderSummary): Exclude<OrderFilter, 'all'> {
  return needsUser(summary) ? 'attention' : GROUP[summary.state];
}

/** How many orders each filter shows. */
export function countOrders(orders: readonly OrderSummary[]): Record<OrderFilter, number> {
  const counts = { all: orders.length, open: 0, attention: 0, done: 0 };
  for (const summary of orders) counts[groupOf(summary)]++;
  return counts;
}

/** The orders of a filter whose title or id has `search` in it, whatever its case. */
export function filterOrders(
  orders: readonly OrderSummary[],
  filter: OrderFilter,
  search: string,
): readonly OrderSummary[] {
  const wanted = search.trim().toLowerCase();
  return orders.filter(
    (summary) =>
      (filter === 'all' || groupOf(summary) === filter) &&
      `${summary.title}\n${summary.id}`.toLowerCase().includes(wanted),
  );
}
