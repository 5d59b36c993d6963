import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { startMinio } from '../scripts/minio.mjs';
import { parseOrderLink } from '../src/order/link.ts';
import { parseManifest, type Manifest } from '../src/order/manifest.ts';
import { grantsPath, manifestPath, MAX_GRANTS } from '../src/order/service-api.ts';
import { serviceEnv } from '../e2e/service-env.ts';

const BUCKET = 'bench';

/** A file as the other contestants get it: a plain presigned URL. */
export interface Source {
  readonly path: string;
  readonly size: number;
  readonly url: string;
}

/** An order of random bytes, published in the store. */
export interface BenchOrder {
  readonly id: string;
  readonly link: string;
  readonly manifest: Manifest;
  readonly bytes: number;
}

/** An order service that signs for one address of the store. */
export interface BenchService {
  /** Address of the app. */
  readonly app: string;
  /** The order link at this service. */
  linkOf(order: BenchOrder): string;
  /** Fresh presigned URLs of all its files. */
  sources(order: BenchOrder): Promise<Source[]>;
}

/** Store, service and orders of one run, in folders that are removed at its end. */
export class Stage {
  private readonly services: ChildProcess[] = [];

  private constructor(
    readonly folder: string,
    private readonly minio: Awaited<ReturnType<typeof startMinio>> | undefined,
  ) {}

  /** On a MinIO of its own, or on the folder store. */
  static async start(store: 'minio' | 'folder'): Promise<Stage> {
    const stage = new Stage(
      mkdtempSync(join(tmpdir(), 'holdfast-bench-')),
      store === 'minio' ? await startMinio() : undefined,
    );
    process.once('exit', () => stage.atExit());
    if (stage.minio) {
      const client = new S3Client({
        endpoint: stage.minio.endpoint,
        forcePathStyle: true,
        region: 'us-east-1',
        credentials: {
          accessKeyId: stage.minio.env.AWS_ACCESS_KEY_ID,
          secretAccessKey: stage.minio.env.AWS_SECRET_ACCESS_KEY,
        },
      });
      await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
      client.destroy();
    }
    return stage;
  }

  /** Host and port of the store itself; undefined on the folder store, whose service answers. */
  get address(): { readonly host: string; readonly port: number } | undefined {
    if (!this.minio) return undefined;
    const { hostname, port } = new URL(this.minio.endpoint);
    return { host: hostname, port: Number(port) };
  }

  /** Publishes `count` files of `size` random bytes. */
  async publish(id: string, count: number, size: number): Promise<BenchOrder> {
    const source = join(this.folder, `source-${id}`);
    for (let i = 0; i < count; i++) await writeRandom(join(source, nameOf(i)), size);
    const args = ['publish', source, '--order', id, '--json', ...this.store(this.minio?.endpoint)];
    const { stdout } = await this.holdfast(args);
    rmSync(source, { recursive: true });
    const { link } = JSON.parse(stdout) as { link: string };
    const { key, manifest } = parseOrderLink(link);
    const service = await this.serve();
    const reply = await fetch(service.app + manifestPath(id, manifest), {
      headers: { Authorization: `Bearer ${key}` },
    });
    return { id, link, manifest: parseManifest(new Uint8Array(await reply.arrayBuffer())), bytes: count * size };
  }

  /**
   * An order of `count` files of `size` bytes, for sizes that the disk would not take: all of them are one and the same object. On the
   * folder store only.
   */
  async repeat(id: string, count: number, size: number): Promise<BenchOrder> {
    const { manifest: once } = await this.publish(id, 1, size);
    const [file] = once.files as [Manifest['files'][number]];
    const files = Array.from({ length: count }, (_, i) => ({ ...file, path: nameOf(i) }));
    const manifest: Manifest = { ...once, createdAt: new Date().toISOString(), files };
    const bytes = JSON.stringify(manifest);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(join(this.folder, 'store/orders', id, 'manifests', `${sha256}.json`), bytes);
    const { stdout } = await this.holdfast(['key', id, '--json', ...this.store(undefined)]);
    const { link } = JSON.parse(stdout) as { link: string };
    return { id, link, manifest, bytes: count * size };
  }

  /** Starts a service that signs for `endpoint`, the store's own address when left out; `build` is another build of the app. */
  async serve(endpoint = this.minio?.endpoint, build?: string): Promise<BenchService> {
    const port = await freePort();
    const app = `http://localhost:${port}`;
    const args = ['server/holdfast.mjs', 'serve', '--port', String(port), '--app', app];
    args.push(...this.store(this.minio?.endpoint));
    if (endpoint !== undefined) args.push('--public-endpoint', endpoint);
    if (build !== undefined) args.push('--app-folder', build);
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'], env: this.env });
    this.services.push(child);
    await untilHealthy(`${app}/healthz`);
    return {
      app,
      linkOf: ({ link }) => app + link.slice(link.indexOf('/#/')),
      sources: (order) => sources(app, order),
    };
  }

  async stop(): Promise<void> {
    // before their store: each still writes what it has to tell
    await Promise.all(this.services.map(ended));
    await this.minio?.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }

  /** The bench is being ended: MinIO too, by its own handler. */
  private atExit(): void {
    for (const child of this.services) child.kill();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }

  private store(endpoint: string | undefined): string[] {
    return endpoint === undefined
      ? ['--store', join(this.folder, 'store')]
      : ['--store', `s3://${BUCKET}`, '--endpoint', endpoint];
  }

  private get env(): NodeJS.ProcessEnv {
    return serviceEnv({ ...process.env, ...this.minio?.env });
  }

  private holdfast(args: readonly string[]): Promise<{ stdout: string }> {
    const options = { env: this.env, maxBuffer: 1 << 28 };
    return promisify(execFile)(process.execPath, ['server/holdfast.mjs', ...args], options);
  }
}

function nameOf(i: number): string {
  return `chip-${String(i).padStart(5, '0')}.bin`;
}

async function sources(app: string, { id, link, manifest }: BenchOrder): Promise<Source[]> {
  const { key, manifest: sha256 } = parseOrderLink(link);
  const found: Source[] = [];
  for (let at = 0; at < manifest.files.length; at += MAX_GRANTS) {
    const files = manifest.files.slice(at, at + MAX_GRANTS).map((_, i) => at + i);
    const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
    const reply = await fetch(app + grantsPath(id), {
      method: 'POST',
      headers,
      body: JSON.stringify({ manifest: sha256, files }),
    });
    const { grants } = (await reply.json()) as { grants: { file: number; url: string }[] };
    for (const { file, url } of grants) {
      const { path, size } = manifest.files[file] as Manifest['files'][number];
      found.push({ path, size, url });
    }
  }
  return found;
}

/** The order as a Metalink with the hashes of its pieces, for aria2 (RFC 5854). */
export function metalink({ manifest }: BenchOrder, files: readonly Source[]): string {
  const entries = manifest.files.map((file, i) => {
    const hashes = file.pieces.map((hash) => `<hash>${hash}</hash>`).join('');
    const url = files[i]?.url.replaceAll('&', '&amp;');
    const pieces = `<pieces length="${manifest.pieceLength}" type="sha-256">${hashes}</pieces>`;
    return `<file name="${file.path}"><size>${file.size}</size>${pieces}<url>${url}</url></file>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?><metalink xmlns="urn:ietf:params:xml:ns:metalink">${entries.join('')}</metalink>`;
}

async function writeRandom(path: string, size: number): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  const chunk = 16 * 1024 * 1024;
  await pipeline(function* () {
    for (let at = 0; at < size; at += chunk) yield randomBytes(Math.min(chunk, size - at));
  }, createWriteStream(path));
}

function ended(child: ChildProcess): Promise<unknown> {
  if (child.exitCode !== null) return Promise.resolve();
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill();
  return exit;
}

async function untilHealthy(url: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const healthy = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (healthy) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${url} does not answer.`);
}

/** A port that is free at the moment. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
