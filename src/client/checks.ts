import type { FileRow, Outcome } from '../engine-api.ts';
import type { Copy } from './copies.ts';
import type { EngineClient } from './engine-client.ts';
import { pairCopies } from './pair-copies.ts';

/** A delivered file whose copy is not as in the order; its wrong pieces counted from 1. */
export interface Damage {
  readonly file: number;
  readonly path: string;
  readonly gone: boolean;
  readonly pieces: readonly number[];
  /** The copy that was compared, where it is not the one that the engine saved. */
  readonly copy?: File | undefined;
}

/** Told how many of so many files were compared. */
export type OnFile = (done: number, of: number) => void;

/** What came of looking for the delivered files in a folder. */
export interface FolderCheck {
  /** How many files were there, right or wrong. */
  readonly found: number;
  readonly damages: readonly Damage[];
}

/** Compares every saved file of `rows` with the order, where it was saved; nothing is changed. */
export async function checkSaved(
  client: EngineClient,
  order: string,
  rows: readonly FileRow[],
  onFile: OnFile,
): Promise<Outcome<readonly Damage[]>> {
  const saved = rows.filter(({ status }) => status === 'saved');
  const damages: Damage[] = [];
  for (const [done, row] of saved.entries()) {
    onFile(done, saved.length);
    const damage = await compare(client, order, row);
    if (!damage.ok) return damage;
    if (damage.value) damages.push(damage.value);
  }
  return { ok: true, value: damages };
}

/** Compares every delivered file of `rows` with the copy of it that is among `copies`; nothing is changed. */
export async function checkCopies(
  client: EngineClient,
  order: string,
  rows: readonly FileRow[],
  copies: readonly Copy[],
  onFile: OnFile,
): Promise<Outcome<FolderCheck>> {
  const delivered = rows.filter(({ status }) => status === 'saved' || status === 'handed-over');
  const pairs = pairCopies(delivered, copies);
  const damages: Damage[] = [];
  for (const [done, row] of delivered.entries()) {
    onFile(done, delivered.length);
    const damage = await compareAll(client, order, row, pairs.get(row) ?? []);
    if (!damage.ok) return damage;
    if (damage.value) damages.push(damage.value);
  }
  return { ok: true, value: { found: pairs.size, damages } };
}

/** Lets what is damaged be fetched again; the first failure. */
export async function repairAll(
  client: EngineClient,
  order: string,
  damages: readonly Damage[],
): Promise<Outcome<void>> {
  for (const { file, gone, copy } of damages) {
    const repair = await client.command((engine) => engine.repairFile(order, file, gone ? undefined : copy));
    if (!repair.ok) return repair;
  }
  return { ok: true, value: undefined };
}

/** The damage of the best of several copies of one name: undefined when one is whole. */
async function compareAll(
  client: EngineClient,
  order: string,
  row: FileRow,
  copies: readonly Copy[],
): Promise<Outcome<Damage | undefined>> {
  let least: Damage = { file: row.file, path: row.path, gone: true, pieces: [] };
  for (const { file } of copies) {
    const damage = await compare(client, order, row, file);
    if (!damage.ok || !damage.value) return damage;
    if (least.gone || damage.value.pieces.length < least.pieces.length) least = damage.value;
  }
  return { ok: true, value: least };
}

async function compare(
  client: EngineClient,
  order: string,
  { file, path }: FileRow,
  copy?: File,
): Promise<Outcome<Damage | undefined>> {
  const check = await client.command((engine) => engine.checkFile(order, file, copy));
  if (!check.ok) return check;
  const pieces = check.value.damaged.map((piece) => piece + 1);
  const gone = check.value.copy === 'gone';
  return { ok: true, value: check.value.copy === 'whole' ? undefined : { file, path, gone, pieces, copy } };
}
