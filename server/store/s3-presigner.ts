import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { S3RequestPresigner, getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { checkUrlLife } from '../durations.ts';
import { contentDisposition } from './content-disposition.ts';
import type { GrantOptions } from './object-store.ts';

/** Encodes as SigV4 wants it: everything but letters, digits, `-`, `_`, `.`, `~`. */
function escape(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/**
 * Presigned URLs of one bucket. The SDK's `getSignedUrl` runs its whole chain of middleware for each URL, which took five
 * times as long as signing (0.9 ms against 0.2 ms); here it runs once, to learn where the bucket is, and then only signs.
 */
export class S3Presigner {
  readonly #presigner: S3RequestPresigner;
  #base: Promise<URL> | undefined;

  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
  ) {
    this.#presigner = new S3RequestPresigner({ ...client.config });
  }

  /** A URL for `GET`. Throws `input-invalid` for a life that S3 does not allow, and what the SDK throws when there are no credentials. */
  async url(key: string, options: GrantOptions): Promise<string> {
    const { expiresIn, fileName, version, contentType, inline = false, query = {}, signedAt } = options;
    checkUrlLife(`A life of ${expiresIn} seconds`, expiresIn);
    const { protocol, hostname, port, host, pathname } = await (this.#base ??= this.#findBucket());
    const request = {
      method: 'GET',
      protocol,
      hostname,
      ...(port !== '' && { port: Number(port) }),
      path: pathname + key.split('/').map(escape).join('/'),
      query: {
        ...query,
        'response-content-disposition': contentDisposition(fileName, inline),
        ...(contentType !== undefined && { 'response-content-type': contentType }),
        ...(version !== undefined && { versionId: version }),
      },
      headers: { host },
    };
    const signed = await this.#presigner.presign(request, { expiresIn, ...(signedAt && { signingDate: signedAt }) });
    const pairs = Object.entries(signed.query ?? {}).map(([name, value]) => `${escape(name)}=${escape(String(value))}`);
    return `${protocol}//${host}${request.path}?${pairs.join('&')}`;
  }

  /** The address before the key, which depends on endpoint, region and the bucket's name. */
  async #findBucket(): Promise<URL> {
    try {
      const sample = await getSignedUrl(this.client, new GetObjectCommand({ Bucket: this.bucket, Key: 'k' }));
      const url = new URL(sample);
      url.pathname = url.pathname.slice(0, -1);
      return url;
    } catch (error) {
      // asked again: credentials may come later
      this.#base = undefined;
      throw error;
    }
  }
}
