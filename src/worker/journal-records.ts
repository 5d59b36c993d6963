import * as v from 'valibot';
import { errorRules, type ErrorCode } from '../order/errors.ts';
import { rankOf, type FileRecord, type OrderRecord } from './ports.ts';

const Bytes = v.instance(Uint8Array);
const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Code = v.picklist(Object.keys(errorRules) as ErrorCode[]);
const ErrorData = v.object({
  code: Code,
  message: v.string(),
  detail: v.record(v.string(), v.union([v.string(), v.number()])),
});

const FileStateSchema = v.variant('kind', [
  // the first version had the name of a begun save in the state
  v.object({ kind: v.picklist(['waiting', 'downloading', 'verified', 'saving']), name: v.optional(v.string()) }),
  v.object({ kind: v.literal('saved'), name: v.string() }),
  v.object({ kind: v.literal('handed-over'), name: v.string(), confirmed: v.optional(v.boolean()) }),
  v.object({ kind: v.literal('failed'), error: ErrorData }),
]);

const FileRecordSchema = v.object({
  order: v.string(),
  file: Count,
  state: FileStateSchema,
  pieces: Bytes,
  folder: v.optional(Count),
  claimed: v.optional(v.string()),
  replaces: v.optional(v.string()),
  fresh: v.optional(v.boolean()),
  received: v.optional(Count),
  fetchedTwice: v.optional(Count),
  hashes: v.optional(Bytes),
});

const OrderRecordSchema = v.looseObject({
  order: v.string(),
  kind: v.picklist(['order', 'links']),
  id: v.string(),
  title: v.string(),
  addedAt: v.number(),
  rank: v.optional(v.number()),
  firstFiles: v.optional(v.array(Count)),
  will: v.picklist(['ready', 'started', 'paused']),
  key: v.optional(v.string()),
  password: v.optional(v.string()),
  at: v.optional(v.string()),
  doneAt: v.optional(v.number()),
  files: Count,
  bytes: Count,
});

/** The records of which every field is what it must be. One that is damaged counts as missing: its file is looked at anew. */
export function readFileRecords(values: readonly unknown[]): FileRecord[] {
  return values.flatMap((value) => {
    const result = v.safeParse(FileRecordSchema, value);
    return result.success ? [present(result.output)] : [];
  });
}

function present({ state, ...record }: v.InferOutput<typeof FileRecordSchema>): FileRecord {
  if (state.kind === 'failed' || state.kind === 'saved' || state.kind === 'handed-over') return { ...record, state };
  const claimed = record.claimed ?? state.name;
  return { ...record, ...(claimed !== undefined && { claimed }), state: { kind: state.kind } };
}

/** The orders whose record is whole, those that are worked on first at the head. */
export function readOrderRecords(values: readonly unknown[]): OrderRecord[] {
  const records = values.flatMap((value) => {
    const result = v.safeParse(OrderRecordSchema, value);
    return result.success ? [result.output as OrderRecord] : [];
  });
  return records.sort((a, b) => rankOf(a) - rankOf(b));
}
