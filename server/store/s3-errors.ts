import { AppError } from '../../src/order/errors.ts';

interface SdkError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly code?: string;
}

const REFUSED: Readonly<Record<string, string>> = {
  NoSuchBucket: 'the bucket does not exist',
  AccessDenied: 'these credentials have no permission',
  InvalidAccessKeyId: 'the store does not know this access key',
  SignatureDoesNotMatch: 'the secret key does not fit the access key',
  ExpiredToken: 'the session of these credentials has ended',
  CredentialsProviderError: 'there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE',
};

/** The HTTP status of an SDK error; undefined when there was no answer. */
export function statusOf(thrown: unknown): number | undefined {
  return thrown instanceof Error ? (thrown as SdkError).$metadata?.httpStatusCode : undefined;
}

/** True when the store said that there is no such object (or version). */
export function isMissing(thrown: unknown): boolean {
  return thrown instanceof Error && ['NoSuchKey', 'NotFound', 'NoSuchVersion'].includes(thrown.name);
}

/** True when the store received other bytes than were sent: by their MD5, or by the SHA-256 that the SDK signs where there is no TLS. */
export function isDamaged(thrown: unknown): boolean {
  return thrown instanceof Error && ['BadDigest', 'XAmzContentSHA256Mismatch'].includes(thrown.name);
}

/** Makes an `AppError` of what the SDK threw: refused is `input-invalid`, anything else `store-unreachable`. Never a secret. */
export function s3Error(store: string, thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const error = thrown as SdkError;
  const refused = REFUSED[error.name] ?? (statusOf(error) === 403 ? 'these credentials have no permission' : undefined);
  const kept = 'What was uploaded is kept.';
  if (refused !== undefined) {
    const message = `${store} refused the request: ${refused}. ${kept} Correct it, then run the same command again.`;
    return new AppError('input-invalid', message, { reason: error.name }, { cause: thrown });
  }
  if (isDamaged(error)) {
    const advice =
      'Something on the way changes bytes: look at the network and at proxies, then run the same command again.';
    const message = `What was sent to ${store} arrived damaged, several times. ${kept} ${advice}`;
    return new AppError('store-unreachable', message, { reason: error.name }, { cause: thrown });
  }
  const reason = error.code ?? (error.message || error.name);
  const message = `${store} cannot be reached (${reason}). ${kept} Check --endpoint and the network, then run the same command again.`;
  return new AppError('store-unreachable', message, { reason }, { cause: thrown });
}
