import type { Readable } from 'node:stream';
import {
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutBucketCorsCommand,
  PutObjectCommand,
  S3Client,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { AppError } from '../../src/order/errors.ts';
import {
  collect,
  type GrantOptions,
  type ListedObject,
  type ObjectInfo,
  type ObjectStore,
  type Uploaded,
} from './object-store.ts';
import { isMissing, s3Error, statusOf } from './s3-errors.ts';
import { S3Presigner } from './s3-presigner.ts';
import { uploadToS3 } from './s3-upload.ts';

/** Where an S3 store is. Credentials come from the standard AWS environment or profile. */
export interface S3StoreOptions {
  readonly bucket: string;
  /** The server's address; AWS itself when left out. */
  readonly endpoint?: string;
  /** The server's address as customers reach it, which presigned URLs are signed for; `endpoint` when left out. */
  readonly publicEndpoint?: string;
  readonly region?: string;
  /** Connections that are open at most, for records and for bytes on their way each. */
  readonly sockets?: number;
  /** Parts of one upload that are sent at the same time; each takes 16 MiB of memory. */
  readonly partsAtOnce?: number;
}

/** An object's bytes on their way. */
export type OpenObject =
  | {
      /** Bytes of the body. */
      readonly length: number;
      readonly body: Readable;
      /** There when a range was answered. */
      readonly contentRange?: string;
      readonly etag?: string;
    }
  | {
      /** Bytes of the object, none of which the range names. */
      readonly unsatisfied: number;
    };

/** Records are small and soon there: more at once only made a store hang up on a thousand customers who came together. */
const RECORD_SOCKETS = 128;
/** One connection for each customer's range, where the service passes the bytes on. */
const BYTE_SOCKETS = 2048;
/** Requests that wait for a connection are no reason for the SDK to warn, in ms. */
const QUEUE_WARNING = 60_000;
const PARTS_AT_ONCE = 3;

function makeClient(region: string, endpoint: string | undefined, sockets: number): S3Client {
  const agent = { keepAlive: true, maxSockets: sockets };
  return new S3Client({
    region,
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    // the SDK's own checksums upset some S3 servers
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: 5000,
      socketTimeout: 60_000,
      socketAcquisitionWarningTimeout: QUEUE_WARNING,
      httpAgent: agent,
      httpsAgent: agent,
    },
  });
}

/** A bucket on AWS S3, MinIO or another server that speaks S3. The bytes flow from it to the customer. */
export class S3Store implements ObjectStore {
  readonly name: string;
  readonly bucket: string;
  readonly grantOrigin: string;
  readonly #client: S3Client;
  /** Has its own connections: customers who read slowly, or not at all, never hold up a record. */
  readonly #byteClient: S3Client;
  readonly #presigner: S3Presigner;
  readonly #partsAtOnce: number;

  constructor(options: S3StoreOptions) {
    const { bucket, endpoint, publicEndpoint = endpoint, region = process.env['AWS_REGION'] ?? 'us-east-1' } = options;
    // the SDK's notice about future Node versions is for developers, not for senders
    process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
    this.bucket = bucket;
    this.#partsAtOnce = options.partsAtOnce ?? PARTS_AT_ONCE;
    this.name = endpoint === undefined ? `s3://${bucket}` : `s3://${bucket} at ${endpoint}`;
    this.grantOrigin =
      publicEndpoint === undefined ? `https://${bucket}.s3.${region}.amazonaws.com` : new URL(publicEndpoint).origin;
    const { sockets = RECORD_SOCKETS } = options;
    this.#client = makeClient(region, endpoint, sockets);
    this.#byteClient = makeClient(region, endpoint, options.sockets ?? BYTE_SOCKETS);
    // the host is part of the signature: signed for the one that customers use
    const signer = publicEndpoint === endpoint ? this.#client : makeClient(region, publicEndpoint, sockets);
    this.#presigner = new S3Presigner(signer, bucket);
  }

  async probe(): Promise<void> {
    try {
      await this.#client.send(new HeadBucketCommand({ Bucket: this.bucket }));
    } catch (error) {
      // a HEAD has no body that could name the fault
      if (statusOf(error) === 404 && error instanceof Error) error.name = 'NoSuchBucket';
      throw s3Error(this.name, error);
    }
  }

  async head(key: string, version?: string): Promise<ObjectInfo | undefined> {
    return this.#ask(async () => {
      const input = { Bucket: this.bucket, Key: key, ...(version !== undefined && { VersionId: version }) };
      const reply = await this.#client.send(new HeadObjectCommand(input));
      const { ContentLength: size = 0, ETag: etag = '', LastModified, VersionId: found } = reply;
      return {
        size,
        etag,
        changedAt: LastModified?.getTime() ?? 0,
        ...(found !== undefined && found !== 'null' && { version: found }),
      };
    });
  }

  async *read(key: string, version?: string): AsyncGenerator<Uint8Array> {
    const body = await this.#body(key, version);
    if (!body) throw new AppError('source-vanished', `${key} is not in ${this.name} any more.`, { key });
    try {
      yield* body;
    } catch (error) {
      throw s3Error(this.name, error);
    }
  }

  async get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const body = await this.#body(key);
    return body && this.#ask(() => collect(body));
  }

  async putNew(key: string, bytes: Uint8Array, contentType: string): Promise<boolean> {
    const input = { Bucket: this.bucket, Key: key, Body: bytes, ContentType: contentType, IfNoneMatch: '*' };
    try {
      await this.#client.send(new PutObjectCommand(input));
      return true;
    } catch (error) {
      if (statusOf(error) === 412) return false;
      throw s3Error(this.name, error);
    }
  }

  async *list(prefix: string): AsyncGenerator<ListedObject> {
    try {
      for await (const page of paginateListObjectsV2(
        { client: this.#client },
        { Bucket: this.bucket, Prefix: prefix },
      )) {
        for (const { Key: key, Size: size = 0 } of page.Contents ?? []) if (key !== undefined) yield { key, size };
      }
    } catch (error) {
      throw s3Error(this.name, error);
    }
  }

  async upload(key: string, size: number, source: AsyncIterable<Uint8Array>): Promise<Uploaded> {
    try {
      return await uploadToS3(
        { client: this.#client, bucket: this.bucket, key, partsAtOnce: this.#partsAtOnce },
        size,
        source,
      );
    } catch (error) {
      throw s3Error(this.name, error);
    }
  }

  /**
   * The object for one `Range` header, as it comes from the store: bytes are not gathered. Undefined when it is not there;
   * `unsatisfied` when the range is beyond its end.
   */
  async open(key: string, { range, version }: { range?: string; version?: string }): Promise<OpenObject | undefined> {
    const input = {
      Bucket: this.bucket,
      Key: key,
      ...(range !== undefined && { Range: range }),
      ...(version !== undefined && { VersionId: version }),
    };
    try {
      const reply = await this.#byteClient.send(new GetObjectCommand(input));
      const { ContentLength: length = 0, ContentRange: contentRange, ETag: etag } = reply;
      const body = reply.Body as Readable;
      return { length, body, ...(contentRange && { contentRange }), ...(etag && { etag }) };
    } catch (error) {
      if (isMissing(error)) return undefined;
      if (statusOf(error) !== 416) throw s3Error(this.name, error);
      return { unsatisfied: (await this.head(key))?.size ?? 0 };
    }
  }

  async *folders(prefix: string): AsyncGenerator<string> {
    const input = { Bucket: this.bucket, Prefix: prefix, Delimiter: '/' };
    try {
      for await (const page of paginateListObjectsV2({ client: this.#client }, input)) {
        for (const { Prefix: found } of page.CommonPrefixes ?? [])
          if (found !== undefined) yield found.slice(prefix.length, -1);
      }
    } catch (error) {
      throw s3Error(this.name, error);
    }
  }

  async grant(key: string, options: GrantOptions): Promise<string> {
    try {
      return await this.#presigner.url(key, options);
    } catch (error) {
      throw s3Error(this.name, error);
    }
  }

  async #body(key: string, version?: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const input = { Bucket: this.bucket, Key: key, ...(version !== undefined && { VersionId: version }) };
    const reply = await this.#ask(() => this.#client.send(new GetObjectCommand(input)));
    // in Node the body is a readable stream
    return reply?.Body as AsyncIterable<Uint8Array> | undefined;
  }

  /** Lets pages of `origin` read the bucket's objects and these headers; false when the server has no rules for buckets. */
  async setCors(origin: string, exposed: readonly string[]): Promise<boolean> {
    const rule = {
      AllowedOrigins: [origin],
      AllowedMethods: ['GET', 'HEAD'],
      AllowedHeaders: ['*'],
      ExposeHeaders: [...exposed],
      MaxAgeSeconds: 3600,
    };
    const input = { Bucket: this.bucket, CORSConfiguration: { CORSRules: [rule] } };
    try {
      await this.#client.send(new PutBucketCorsCommand(input));
      return true;
    } catch (error) {
      if (statusOf(error) === 501) return false;
      throw s3Error(this.name, error);
    }
  }

  /** Undefined when there is no such object. */
  async #ask<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw s3Error(this.name, error);
    }
  }
}
