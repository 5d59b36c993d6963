import { resolve } from 'node:path';
import { AppError } from '../../src/order/errors.ts';
import { FolderStore } from './folder-store.ts';
import { Layout } from './layout.ts';
import type { S3Store } from './s3-store.ts';
import { DEFAULT_PORT, openSettings } from './store-settings.ts';

/** Which store, and where customers reach the app. */
export interface StoreChoice {
  /** A folder, or `s3://bucket/prefix`. */
  readonly store: string;
  readonly endpoint?: string | undefined;
  /** The S3 server's address as customers reach it; `endpoint` when left out. */
  readonly publicEndpoint?: string | undefined;
  readonly region?: string | undefined;
  /** Parts of one upload that are sent at the same time, to S3; 3 when left out. */
  readonly partsAtOnce?: number | undefined;
  /** The app's public address; `http://localhost:<port>` when left out. */
  readonly app?: string | undefined;
  /** The service's port; the one that the store remembers when left out. */
  readonly port?: number | undefined;
}

/** An open store and what belongs to it. */
export interface OpenStore {
  readonly store: FolderStore | S3Store;
  readonly layout: Layout;
  readonly appUrl: string;
  readonly port: number;
}

/** Splits `s3://bucket/prefix`; undefined when it is not one. Throws `input-invalid` when it has no bucket. */
export function parseS3Address(text: string): { readonly bucket: string; readonly prefix: string } | undefined {
  if (!/^s3:\/\//i.test(text)) return undefined;
  const match = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/i.exec(text);
  if (!match) throw new AppError('input-invalid', `${text} names no bucket. Write s3://bucket or s3://bucket/prefix.`);
  return { bucket: match[1] ?? '', prefix: match[2] ?? '' };
}

/** Checks an http(s) address without credentials and takes the `/` from its end. Throws `input-invalid`. */
function checkAddress(option: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash)
    throw new AppError('input-invalid', `${option} is no address of the kind https://host:port. Nothing was done.`);
  return url.href.replace(/\/+$/, '');
}

/** Opens a store; a folder is made when it is not there. Throws `input-invalid`. */
export async function openStore(choice: StoreChoice): Promise<OpenStore> {
  const address = parseS3Address(choice.store);
  const appUrlFor = (port: number): string => checkAddress('--app', choice.app ?? `http://localhost:${port}`);
  if (address) {
    const port = choice.port ?? DEFAULT_PORT;
    // a third of the start of a command, which a folder store can do without
    const { S3Store } = await import('./s3-store.ts');
    const store = new S3Store({
      bucket: address.bucket,
      ...(choice.endpoint !== undefined && { endpoint: checkAddress('--endpoint', choice.endpoint) }),
      ...(choice.publicEndpoint !== undefined && {
        publicEndpoint: checkAddress('--public-endpoint', choice.publicEndpoint),
      }),
      ...(choice.region !== undefined && { region: choice.region }),
      ...(choice.partsAtOnce !== undefined && { partsAtOnce: choice.partsAtOnce }),
    });
    return { store, layout: new Layout(address.prefix), appUrl: appUrlFor(port), port };
  }
  const root = resolve(choice.store);
  const settings = await openSettings(root);
  const port = choice.port ?? settings.port;
  const publicUrl = appUrlFor(port);
  const store = new FolderStore({ root, signingSecret: settings.signingSecret, publicUrl });
  return { store, layout: new Layout(), appUrl: publicUrl, port };
}

/**
 * Opens `s3://bucket?endpoint=…&public-endpoint=…&region=…`: a bucket that holds the same objects under the same keys.
 * Throws `input-invalid`.
 */
export async function openMirror(text: string): Promise<OpenStore> {
  const [store = '', query = ''] = text.split('?', 2);
  if (!parseS3Address(store)) throw new AppError('input-invalid', `${text} is no mirror: write s3://bucket?endpoint=…`);
  const options = new URLSearchParams(query);
  return openStore({
    store,
    endpoint: options.get('endpoint') ?? undefined,
    publicEndpoint: options.get('public-endpoint') ?? undefined,
    region: options.get('region') ?? undefined,
  });
}
