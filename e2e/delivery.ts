import { CreateBucketCommand, PutBucketCorsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { startBalancer, type Balancer } from './balancer.ts';
import { freePort } from './free-port.ts';
import { startFaultServer, type FaultServer } from './fault-server.ts';
import { serviceEnv } from './service-env.ts';
import { tempFolder } from './temp-folder.ts';

export const MIB = 1024 * 1024;
/** The store under test: the embedded folder, or a real MinIO. */
export const STORE = process.env['HOLDFAST_E2E_STORE'] === 's3' ? 's3' : 'folder';

/** What `holdfast publish --json` prints. */
interface Published {
  readonly order: string;
  readonly title: string;
  readonly manifest: string;
  readonly link: string;
  /** What differs from the manifest of before; null at first. */
  readonly earlier: { readonly added: readonly string[] } | null;
  readonly files: readonly {
    readonly path: string;
    readonly url: string;
    readonly size: number;
    /** Where the file begins in its bundle, in bytes. */
    readonly offset?: number;
    readonly seconds: number;
  }[];
}

const SECRET = 'HOLDFAST_SIGNING_SECRET';

/** An order that is published and served, behind a fault server for its bytes. */
export interface Delivery {
  readonly published: Published;
  readonly link: string;
  /** Options that name the store. */
  readonly store: readonly string[];
  /** The folder with the sender's files. */
  readonly source: string;
  /** Address of the app. */
  readonly app: string;
  readonly faults: FaultServer;
  /** SHA-256 (hexadecimal) of each file by its path. */
  readonly hashes: ReadonlyMap<string, string>;
  /** Bytes of all files. */
  readonly bytes: number;
  /** Publishes the same files again, with other options. */
  publish(...options: readonly string[]): Promise<Published>;
  stopService(): Promise<void>;
  /** `kill -9` of the copy of the service that has the most connections. */
  killBusiestCopy(): Promise<void>;
  startService(): Promise<void>;
  stop(): Promise<void>;
}

/** Runs the command line; standard output, standard error and the exit code. */
export async function holdfast(...args: readonly string[]): Promise<{ stdout: string; stderr: string; code: number }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['server/holdfast.mjs', ...args]);
    return { stdout, stderr, code: 0 };
  } catch (error) {
    const { stdout, stderr, code } = error as { stdout: string; stderr: string; code: number };
    return { stdout, stderr, code };
  }
}

/** How an order is delivered, where that is not as usual. */
export interface DeliverOptions {
  /** The files are objects of the S3 store already, as production writes them there, and are published from where they are. */
  readonly inStore?: boolean;
  /** The bytes come from another origin than the app, as with S3, whatever the store. */
  readonly elsewhere?: boolean;
  /** Puts something in front of the fault server's port; the port of that. */
  readonly front?: (port: number) => Promise<number>;
  /** Another build of the app than the one in dist/. */
  readonly appFolder?: string;
  /** Further options of `holdfast serve`. */
  readonly serve?: readonly string[];
  /** So many copies of the service run side by side, behind a balancer; one without when left out. */
  readonly copies?: number;
}

/** What a file holds: so many random bytes, or these. */
type Content = number | Uint8Array;

/** Publishes files of these sizes (bytes, by path; random content), or of the bytes that are given, and serves them. */
export async function deliver(
  sizes: Readonly<Record<string, Content>>,
  options: DeliverOptions = {},
): Promise<Delivery> {
  const root = tempFolder('e2e');
  const hashes = makeFiles(join(root, 'chips'), sizes);
  const servicePort = await freePort();
  const service = { host: '127.0.0.1', port: servicePort };
  const faults = await startFaultServer(
    (path) => (path.startsWith('/e2e-') ? minioAddress() : service),
    (path) => path.startsWith('/store/') || (STORE === 's3' && /^\/e2e-.*\/(files|production)\//.test(path)),
  );
  const port = options.front ? await options.front(faults.port) : faults.port;
  const app = `http://localhost:${port}`;
  const bucket = STORE === 's3' ? await makeBucket() : undefined;
  const store = storeOptions(join(root, 'store'), bucket, port);
  const source = options.inStore ? await putInStore(join(root, 'chips'), sizes, bucket) : join(root, 'chips');
  const publish = async (...more: readonly string[]): Promise<Published> => {
    const where = [...store, '--app', app, '--order', 'A-1042', '--title', 'Lot 7', '--json', ...more];
    const result = await holdfast('publish', source, ...where);
    if (result.code !== 0) throw new Error(result.stderr);
    return JSON.parse(result.stdout) as Published;
  };
  const published = await publish();
  let running: ReadonlyMap<number, ChildProcess> = new Map();
  let balancer: Balancer | undefined;
  const self: Delivery = {
    published,
    link: published.link,
    store,
    source: join(root, 'chips'),
    app,
    faults,
    hashes,
    bytes: Object.values(sizes).reduce<number>((sum, content) => sum + lengthOf(content), 0),
    publish,
    async startService() {
      const build = options.appFolder === undefined ? [] : ['--app-folder', options.appFolder];
      const more = ['--app', app, ...store, ...build, ...(options.serve ?? [])];
      const ports = await Promise.all(Array.from({ length: options.copies ?? 0 }, freePort));
      // one after the other: a folder store remembers the port of the last
      const started = new Map<number, ChildProcess>();
      for (const each of options.copies ? ports : [servicePort])
        started.set(each, await serve(each, ['--port', String(each), ...more]));
      running = started;
      if (options.copies) balancer = await startBalancer(servicePort, ports);
    },
    async stopService() {
      await balancer?.stop();
      await Promise.all([...running.values()].map((each) => end(each)));
    },
    async killBusiestCopy() {
      await end(running.get(balancer?.busiest() ?? 0), 'SIGKILL');
    },
    async stop() {
      await self.stopService();
      await faults.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
  await self.startService();
  faults.served.length = 0;
  if (options.elsewhere) {
    const edit = (body: string): string => body.replaceAll(app, app.replace('localhost', '127.0.0.1'));
    faults.serviceFault = (path) => (path.endsWith('/grants') ? { kind: 'edit', edit } : undefined);
  }
  return self;
}

function lengthOf(content: Content): number {
  return typeof content === 'number' ? content : content.length;
}

function makeFiles(folder: string, sizes: Readonly<Record<string, Content>>): Map<string, string> {
  const hashes = new Map<string, string>();
  for (const [path, content] of Object.entries(sizes)) {
    // no zeros: a beginning that ends in them is kept without them when a killed browser starts again, and counts would be off by some
    const bytes = typeof content === 'number' ? randomBytes(content) : content;
    if (typeof content === 'number') for (let at = bytes.indexOf(0); at >= 0; at = bytes.indexOf(0, at)) bytes[at] = 1;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
    hashes.set(
      path,
      createHash('sha256')
        .update(readFileSync(join(folder, path)))
        .digest('hex'),
    );
  }
  return hashes;
}

function minioAddress(): { host: string; port: number } {
  const url = new URL(process.env['HOLDFAST_TEST_S3_ENDPOINT'] ?? '');
  return { host: url.hostname, port: Number(url.port) };
}

/** A client of the real store, beside the fault server. */
export function s3(): S3Client {
  const endpoint = process.env['HOLDFAST_TEST_S3_ENDPOINT'] ?? '';
  return new S3Client({ endpoint, forcePathStyle: true, region: 'us-east-1' });
}

/** A new, empty bucket in the real store, which pages may read; its name. */
export async function makeBucket(): Promise<string> {
  const bucket = `e2e-${randomBytes(6).toString('hex')}`;
  await s3().send(new CreateBucketCommand({ Bucket: bucket }));
  const rule = { AllowedOrigins: ['*'], AllowedMethods: ['GET', 'HEAD'], ExposeHeaders: ['ETag', 'Content-Range'] };
  const input = { Bucket: bucket, CORSConfiguration: { CORSRules: [rule] } };
  await s3()
    .send(new PutBucketCorsCommand(input))
    .catch((error: { $metadata?: { httpStatusCode?: number } }) => {
      // MinIO has one setting for the whole server instead, which allows any origin
      if (error.$metadata?.httpStatusCode !== 501) throw error;
    });
  return bucket;
}

function storeOptions(folder: string, bucket: string | undefined, proxyPort: number): string[] {
  if (bucket === undefined) return ['--store', folder];
  return ['--store', `s3://${bucket}/lab`, '--endpoint', `http://127.0.0.1:${proxyPort}`];
}

async function putInStore(
  folder: string,
  sizes: Readonly<Record<string, Content>>,
  bucket: string | undefined,
): Promise<string> {
  if (bucket === undefined) throw new Error('Only the S3 store has objects of its own.');
  for (const path of Object.keys(sizes)) {
    const Body = readFileSync(join(folder, path));
    await s3().send(new PutObjectCommand({ Bucket: bucket, Key: `production/${path}`, Body }));
  }
  return `s3://${bucket}/production`;
}

async function serve(port: number, options: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['server/holdfast.mjs', 'serve', ...options], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: serviceEnv(process.env, SECRET),
  });
  for (let attempt = 0; attempt < 100 && child.exitCode === null; attempt++) {
    const healthy = await fetch(`http://127.0.0.1:${port}/healthz`).then(
      (response) => response.ok,
      () => false,
    );
    if (healthy) return child;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill();
  throw new Error('The service ended, or did not start within 10 seconds.');
}

async function end(child: ChildProcess | undefined, signal?: NodeJS.Signals): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}
