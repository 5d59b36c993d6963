import { capped, type Race } from '../contestants.ts';
import { median, type Report } from '../report.ts';
import { race } from '../rounds.ts';

/** Bytes per second that the user allows. */
const RATE = 10_000_000;

/** Does a cap of the rate hold? The time of an order, against its bytes divided by the rate. */
export async function cap(conditions: Race, rounds: number): Promise<Report> {
  const rows = await race(conditions, { 'Holdfast, capped at 10 MB/s': capped(RATE) }, rounds);
  const value = median(rows[0]?.seconds ?? []) / (conditions.order.bytes / RATE);
  const off = { what: 'off the cap, over all connections', value: Math.abs(value - 1) * 100, limit: 5, unit: ' %' };
  return { scenario: 'cap', title: 'A cap of 10 MB/s: 10 files of 20 MB, verified', rows, targets: [off] };
}
