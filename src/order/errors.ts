/**
 * What the engine does about a failure of this code.
 * - `retry`: try again with backoff. `wait`: wait for a condition, using up no attempts.
 * - `renew`: fetch a fresh grant, then go on. `source`: the bytes on offer are wrong; three strikes, then the file fails.
 * - `ask`: one clear action of the user. `final`: nothing more can be done for this file or request.
 */
export type Rule = 'retry' | 'wait' | 'renew' | 'source' | 'ask' | 'final';

/** Every failure Holdfast can name. `docs/errors.md` documents each of them; a test keeps the two equal. */
export const errorRules = {
  // the link and the manifest
  'link-invalid': 'final',
  'links-invalid': 'final',
  'manifest-invalid': 'final',
  'manifest-mismatch': 'final',
  'order-unknown': 'final',
  'key-invalid': 'final',
  'key-expired': 'ask',
  'key-revoked': 'ask',
  'password-needed': 'ask',
  'request-invalid': 'final',
  // getting the bytes
  offline: 'wait',
  'service-unavailable': 'wait',
  'source-unreachable': 'wait',
  'sign-in-needed': 'wait',
  'network-permission': 'ask',
  'host-blocked': 'ask',
  'server-busy': 'wait',
  'server-error': 'retry',
  'connection-lost': 'retry',
  stalled: 'retry',
  'grant-expired': 'renew',
  'link-expired': 'ask',
  'not-found': 'final',
  'range-ignored': 'source',
  'range-wrong': 'source',
  'header-hidden': 'final',
  'encoding-refused': 'source',
  'piece-damaged': 'source',
  'source-damaged': 'final',
  'changed-by-sender': 'final',
  'unexpected-status': 'source',
  // keeping and saving them
  'disk-full': 'ask',
  'storage-failed': 'retry',
  'storage-busy': 'wait',
  'downloads-unconfirmed': 'ask',
  'folder-permission': 'ask',
  'folder-refused': 'ask',
  'folder-missing': 'ask',
  'folder-full': 'ask',
  'save-refused': 'retry',
  'file-too-large': 'ask',
  'copy-unreadable': 'final',
  'copy-changed': 'final',
  // the browser and the engine
  'not-supported': 'final',
  'engine-failed': 'retry',
  'app-outdated': 'ask',
  // the sender's side
  'input-invalid': 'final',
  'source-vanished': 'final',
  'store-unreachable': 'final',
  'port-busy': 'final',
} as const satisfies Record<string, Rule>;

export type ErrorCode = keyof typeof errorRules;

/** Facts a message may need; plain data, so that it survives a structured clone. Never a secret. */
export type ErrorDetail = Readonly<Record<string, string | number>>;

/** An `AppError` as plain data, for the boundary between page and worker and for the journal. */
export interface AppErrorData {
  readonly code: ErrorCode;
  readonly message: string;
  readonly detail: ErrorDetail;
}

/** The one error class. `message` is English, for logs and the command line; the page words each code itself. */
export class AppError extends Error {
  override readonly name = 'AppError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly detail: ErrorDetail = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  get rule(): Rule {
    return errorRules[this.code];
  }

  toData(): AppErrorData {
    return { code: this.code, message: this.message, detail: this.detail };
  }
}

/** Makes an `AppError` of anything thrown; what is not one already becomes `fallback`. */
export function toAppError(thrown: unknown, fallback: ErrorCode): AppError {
  if (thrown instanceof AppError) return thrown;
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return new AppError(fallback, message, {}, { cause: thrown });
}
