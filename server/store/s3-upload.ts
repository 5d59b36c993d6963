import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  type CompletedPart,
  type HeadObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { AppError } from '../../src/order/errors.ts';
import { digest, type Uploaded } from './object-store.ts';
import { isDamaged, isMissing, statusOf } from './s3-errors.ts';
import { UploadProof, type UploadPart } from './upload-proof.ts';

const MIN_PART = 16 * 1024 * 1024;
/** S3 allows 10,000 parts. */
const MAX_PARTS = 9000;
/** How often a body is sent that arrives damaged at the store. */
const TRIES = 3;
const TYPE = 'application/octet-stream';

/** Where the bytes go. */
export interface UploadTarget {
  readonly client: S3Client;
  readonly bucket: string;
  readonly key: string;
  readonly partsAtOnce: number;
}

/** Length in bytes of the parts of an upload of `size` bytes. */
function partLength(size: number): number {
  return Math.max(MIN_PART, Math.ceil(size / MAX_PARTS));
}

/**
 * Uploads `size` bytes, in parts when they are many, unless there is an object already. Parts of an upload that was cut off
 * are not sent again. Whatever happened, what the store holds at the end is compared with what was read.
 */
export async function uploadToS3(
  target: UploadTarget,
  size: number,
  source: AsyncIterable<Uint8Array>,
): Promise<Uploaded> {
  const length = partLength(size);
  const proof = new UploadProof();
  const parts = proof.parts(source, length);
  let isSent = false;
  if (await headOf(target)) for await (const _ of parts);
  else if (size > length) isSent = await sendParts(target, size, parts, proof);
  else isSent = await sendWhole(target, size, parts);
  checkCount(target.key, proof.size, size);
  if (!(await holds(target, proof, isSent))) return 'other';
  return isSent ? 'sent' : 'there';
}

/** True when the store holds what was read: by its ETag where that is made of MD5s, otherwise it is read back. */
async function holds(target: UploadTarget, proof: UploadProof, isSent: boolean): Promise<boolean> {
  const { client, bucket: Bucket, key: Key } = target;
  const found = await headOf(target);
  if (found?.ContentLength !== proof.size) return false;
  if (found.ETag?.replaceAll('"', '') === proof.etag) return true;
  // AWS makes no MD5 of what it encrypts with a customer's key, but has compared each part with its Content-MD5
  if (isSent && found.ServerSideEncryption?.startsWith('aws:')) return true;
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  // in Node the body is a readable stream
  return (await digest(Body as AsyncIterable<Uint8Array>)) === proof.sha256();
}

async function headOf({
  client,
  bucket: Bucket,
  key: Key,
}: UploadTarget): Promise<HeadObjectCommandOutput | undefined> {
  return client.send(new HeadObjectCommand({ Bucket, Key })).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
}

/** False when somebody else was faster: the same file may be published at the same time. */
async function sendWhole(target: UploadTarget, size: number, parts: AsyncIterable<UploadPart>): Promise<boolean> {
  const { client, bucket: Bucket, key: Key } = target;
  let isSent = true;
  for await (const part of parts) {
    checkCount(Key, part.bytes.length, size);
    const input = { Bucket, Key, ContentType: TYPE, IfNoneMatch: '*', ...bodyOf(part) };
    isSent = await untilWhole(() => client.send(new PutObjectCommand(input))).then(
      () => true,
      (error: unknown) => {
        if (statusOf(error) === 412) return false;
        throw error;
      },
    );
  }
  return isSent;
}

/** False when somebody else was faster, or continued the same upload and completed it first. */
async function sendParts(
  target: UploadTarget,
  size: number,
  parts: AsyncIterable<UploadPart>,
  proof: UploadProof,
): Promise<boolean> {
  const { client, bucket: Bucket, key: Key } = target;
  const known = await unfinished(target);
  const UploadId = known?.id ?? (await begin(target));
  const done: CompletedPart[] = [];
  const running = new Set<Promise<void>>();

  const send = async (part: UploadPart): Promise<void> => {
    const PartNumber = part.number;
    const there = known?.parts.get(PartNumber);
    if (there !== undefined && there === part.md5.toString('hex')) {
      done.push({ PartNumber, ETag: `"${there}"` });
      return;
    }
    const input = { Bucket, Key, UploadId, PartNumber, ...bodyOf(part) };
    const { ETag } = await untilWhole(() => client.send(new UploadPartCommand(input)));
    done.push({ PartNumber, ...(ETag !== undefined && { ETag }) });
  };

  try {
    for await (const part of parts) {
      while (running.size >= target.partsAtOnce) await Promise.race(running);
      const job: Promise<void> = send(part).finally(() => running.delete(job));
      running.add(job);
      job.catch(() => undefined); // seen by the race above or by `all` below
    }
    await Promise.all(running);
  } finally {
    await Promise.allSettled(running);
  }
  checkCount(Key, proof.size, size);
  const Parts = done.sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
  if (Parts.length !== Math.ceil(size / partLength(size))) throw new Error(`${Key}: a part of the upload failed`);
  try {
    const input = { Bucket, Key, UploadId, MultipartUpload: { Parts }, IfNoneMatch: '*' };
    await client.send(new CompleteMultipartUploadCommand(input));
    return true;
  } catch (error) {
    // `holds` says what it is that is there now
    if (await headOf(target).catch(() => undefined)) return false;
    throw error;
  }
}

/** The store refuses a body that does not have this MD5. */
function bodyOf({ bytes, md5 }: UploadPart): { readonly Body: Uint8Array; readonly ContentMD5: string } {
  return { Body: bytes, ContentMD5: md5.toString('base64') };
}

/** Sends again what the store received damaged. */
async function untilWhole<T>(send: () => Promise<T>): Promise<T> {
  for (let left = TRIES - 1; ; left--) {
    try {
      return await send();
    } catch (error) {
      if (left === 0 || !isDamaged(error)) throw error;
    }
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

function checkCount(key: string, count: number, size: number): void {
  if (count !== size) throw new AppError('input-invalid', `${key}: ${count} bytes came instead of ${size}.`, { key });
}
