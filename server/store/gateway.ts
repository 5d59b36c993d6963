import { AppError } from '../../src/order/errors.ts';
import type { GrantOptions, ObjectInfo } from './object-store.ts';
import type { OpenStore } from './open-store.ts';
import { FolderStore } from './folder-store.ts';
import type { OpenObject, S3Store } from './s3-store.ts';
import { checkSignature, signUrl, type SignedQuery, type Verdict } from './signed-url.ts';

/** What a gateway is made of. */
export interface GatewayOptions {
  readonly store: S3Store;
  /** At least 32 characters, the same for all copies of the service. */
  readonly signingSecret: string;
  /** The service's address, which its URLs begin with. */
  readonly publicUrl: string;
}

const LEAST_SECRET = 32;

/** Passes the bytes of a store on that customers cannot reach: URLs are the service's own, signed by it. */
export class Gateway {
  readonly grantOrigin: string;
  readonly #options: GatewayOptions;

  /** Throws `input-invalid` when the secret is too short. */
  constructor(options: GatewayOptions) {
    if (options.signingSecret.length < LEAST_SECRET) {
      const hint = 'the same for all copies of the service, such as the output of: openssl rand -base64 32';
      const message = `HOLDFAST_SIGNING_SECRET needs at least ${LEAST_SECRET} characters for --gateway, ${hint}. Nothing was done.`;
      throw new AppError('input-invalid', message);
    }
    this.#options = options;
    this.grantOrigin = new URL(options.publicUrl).origin;
  }

  async grant(key: string, { expiresIn, version, signedAt = new Date() }: GrantOptions): Promise<string> {
    const { publicUrl, signingSecret } = this.#options;
    return signUrl(publicUrl, signingSecret, key, Math.floor(signedAt.getTime() / 1000) + expiresIn, version);
  }

  /** Checks the query of a URL that `grant` made. `now` in ms since the epoch. */
  checkGrant(key: string, query: SignedQuery, now: number): Verdict {
    return checkSignature(this.#options.signingSecret, key, query, now);
  }

  /** What is known of the object, without its bytes. Throws what the store throws. */
  head(key: string, version: unknown): Promise<ObjectInfo | undefined> {
    return this.#options.store.head(key, typeof version === 'string' ? version : undefined);
  }

  /** Throws what the store throws. */
  open(key: string, range: string | undefined, version: unknown): Promise<OpenObject | undefined> {
    return this.#options.store.open(key, {
      ...(range !== undefined && { range }),
      ...(typeof version === 'string' && { version }),
    });
  }
}

/** The gateway in front of an open store. Throws `input-invalid` for a folder store, and when the secret is too short. */
export function makeGateway({ store, appUrl }: OpenStore, signingSecret = ''): Gateway {
  if (!(store instanceof FolderStore)) return new Gateway({ store, publicUrl: appUrl, signingSecret });
  const message = 'A folder store is served by the service anyhow: leave --gateway out. Nothing was done.';
  throw new AppError('input-invalid', message);
}
