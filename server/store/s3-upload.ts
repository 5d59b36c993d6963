import { createHash } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  type CompletedPart,
  type S3Client,
} from '@aws-sdk/client-s3';
import { AppError } from '../../src/order/errors.ts';
import { collect } from './object-store.ts';
import { statusOf } from './s3-errors.ts';

const MIN_PART = 16 * 1024 * 1024;
/** S3 allows 10,000 parts. */
const MAX_PARTS = 9000;
const PARTS_AT_ONCE = 3;
const TYPE = 'application/octet-stream';

/** Where the bytes go. */
export interface UploadTarget {
  readonly client: S3Client;
  readonly bucket: string;
  readonly key: string;
}

/** Length in bytes of the parts of an upload of `size` bytes. */
function partLength(size: number): number {
  return Math.max(MIN_PART, Math.ceil(size / MAX_PARTS));
}

/** Uploads `size` bytes, in parts when they are many. Parts of an upload that was cut off are not sent again. */
export async function uploadToS3(target: UploadTarget, size: number, source: AsyncIterable<Uint8Array>): Promise<void> {
  const { client, bucket: Bucket, key: Key } = target;
  const length = partLength(size);
  if (size > length) return uploadParts(target, length, size, source);
  const Body = await collect(source);
  checkCount(Key, Body.length, size);
  try {
    await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: TYPE, IfNoneMatch: '*' }));
  } catch (error) {
    // the same file, published at the same time by someone else
    if (statusOf(error) !== 412) throw error;
  }
}

async function uploadParts(
  target: UploadTarget,
  length: number,
  size: number,
  source: AsyncIterable<Uint8Array>,
): Promise<void> {
  const { client, bucket: Bucket, key: Key } = target;
  const known = await unfinished(target);
  const UploadId = known?.id ?? (await begin(target));
  const done: CompletedPart[] = [];
  const running = new Set<Promise<void>>();
  let count = 0;

  const send = async (PartNumber: number, Body: Uint8Array): Promise<void> => {
    const there = known?.parts.get(PartNumber);
    if (there !== undefined && there === createHash('md5').update(Body).digest('hex')) {
      done.push({ PartNumber, ETag: `"${there}"` });
      return;
    }
    const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
    done.push({ PartNumber, ...(ETag !== undefined && { ETag }) });
  };

  try {
    for await (const part of inParts(source, length)) {
      count += part.length;
      while (running.size >= PARTS_AT_ONCE) await Promise.race(running);
      const job: Promise<void> = send(Math.ceil(count / length), part).finally(() => running.delete(job));
      running.add(job);
      job.catch(() => undefined); // seen by the race above or by `all` below
    }
    await Promise.all(running);
  } finally {
    await Promise.allSettled(running);
  }
  checkCount(Key, count, size);
  const Parts = done.sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
  if (Parts.length !== Math.ceil(size / length)) throw new Error(`${Key}: a part of the upload failed`);
  try {
    await client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
  } catch (error) {
    // the same file, published at the same time by someone else, who continued the same upload and completed it first
    const object = await client.send(new HeadObjectCommand({ Bucket, Key })).catch(() => undefined);
    if (object?.ContentLength !== size) throw error;
  }
}

async function begin({ client, bucket: Bucket, key: Key }: UploadTarget): Promise<string> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ContentType: TYPE }));
  if (UploadId === undefined) throw new Error('the store gave no upload id');
  return UploadId;
}

/** An upload of this key that was cut off, and the MD5 of each part that the store has of it. */
async function unfinished(
  target: UploadTarget,
): Promise<{ readonly id: string; readonly parts: ReadonlyMap<number, string> } | undefined> {
  const { client, bucket: Bucket, key: Key } = target;
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: Key }));
  const id = Uploads.find((upload) => upload.Key === Key)?.UploadId;
  if (id === undefined) return undefined;
  const parts = new Map<number, string>();
  // not the SDK's paginator: MinIO gives a next marker on the last page too, and it would go on for ever
  let marker: string | undefined;
  do {
    const input = { Bucket, Key, UploadId: id, ...(marker !== undefined && { PartNumberMarker: marker }) };
    const page = await client.send(new ListPartsCommand(input));
    for (const { PartNumber, ETag } of page.Parts ?? []) {
      if (PartNumber !== undefined && ETag !== undefined) parts.set(PartNumber, ETag.replaceAll('"', ''));
    }
    marker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
  } while (marker !== undefined);
  return { id, parts };
}

async function* inParts(source: AsyncIterable<Uint8Array>, length: number): AsyncGenerator<Uint8Array> {
  let part = Buffer.allocUnsafe(length);
  let filled = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length;) {
      const step = Math.min(chunk.length - at, length - filled);
      part.set(chunk.subarray(at, at + step), filled);
      at += step;
      filled += step;
      if (filled < length) continue;
      yield part;
      part = Buffer.allocUnsafe(length);
      filled = 0;
    }
  }
  if (filled > 0) yield part.subarray(0, filled);
}

function checkCount(key: string, count: number, size: number): void {
  if (count !== size) throw new AppError('input-invalid', `${key}: ${count} bytes came instead of ${size}.`, { key });
}
