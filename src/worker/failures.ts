import { AppError, type ErrorCode } from '../order/errors.ts';
import { backoff } from './backoff.ts';
import type { Connections } from './connections.ts';
import type { EventLog } from './event-log.ts';
import type { Grants } from './grants.ts';
import type { FileRun, OrderRun } from './order-run.ts';
import type { Journal } from './ports.ts';
import { whyUnreachable } from './reachability.ts';

/** Failures in a row, without a byte between them, after which a file fails. */
const MAX_ATTEMPTS = 8;
/** So often the order waits, up to a minute each time, for a server that fails for every file. */
const MAX_WAITS = 20;
/** Wrong answers in a row, without a verified piece between them, after which a file fails. */
const MAX_STRIKES = 3;
/** Lost connections in a row after which the order waits and the page says why. */
const UNREACHABLE_AFTER = 3;
/** The next look at the network while there is none, in ms: it must go on within 5 s of coming back. */
const OFFLINE_PAUSE = 4_000;
/** These stop the order, not only the file. */
const ORDER_CODES: ReadonlySet<ErrorCode> = new Set([
  'link-invalid',
  'request-invalid',
  'key-invalid',
  'key-expired',
  'order-unknown',
  'key-revoked',
  'password-needed',
  'link-expired',
  'network-permission',
  'host-blocked',
]);

/** What a decision needs of the engine. */
interface FailurePorts {
  readonly journal: Journal;
  readonly grants: Grants;
  readonly connections: Connections;
  /** The disk took no more. */
  readonly diskFull: () => Promise<void>;
  /** Ends the file's transfers, commits and closes its part. */
  readonly stop: (file: FileRun) => Promise<void>;
  readonly log: EventLog;
  /** A file failed: the order may be done but for it. */
  readonly onFailed: (order: OrderRun) => void;
}

/** A request that failed: its URL, and the file's failures when it began. */
export interface FailedRequest {
  readonly url: string | undefined;
  readonly failures: number;
}

/** Decides what a failure means: wait, renew, try again, ask, or stop this one file. docs/errors.md has the rules. */
export class Failures {
  constructor(private readonly ports: FailurePorts) {}

  /** `request` is the one that failed, where one was made. */
  async handle(file: FileRun, error: AppError, request?: FailedRequest): Promise<void> {
    const { order } = file;
    this.ports.log.addFile(file, `${error.code}, ${error.message}`);
    if (error.code === 'disk-full') return this.ports.diskFull();
    if (ORDER_CODES.has(error.code)) return order.wait(error, Infinity);
    // several connections that meet one fault at once are one failure, not several
    const counts = !request || request.failures === file.failures;
    if (counts) file.failures++;
    file.trouble = error.toData();
    switch (error.rule) {
      case 'wait':
        return this.wait(file, error, request);
      case 'renew':
        return this.renew(file, error, counts, request?.url);
      case 'retry':
        if (error.code !== 'connection-lost' && error.code !== 'stalled') return this.tryAgain(file, error, counts);
        return counts ? this.connectionLost(file, request?.url) : undefined;
      case 'source':
        return counts ? this.badSource(file, error) : undefined;
      case 'ask':
      case 'final':
        return this.fail(file, error);
    }
  }

  private wait(file: FileRun, error: AppError, request?: FailedRequest): void {
    const { order } = file;
    const now = performance.now();
    // the order service has a host of its own, whose patience says nothing of the store
    if (error.code === 'server-busy' && request?.url !== undefined) this.ports.connections.halve(now);
    if (error.code === 'service-unavailable' && this.ports.grants.hasLive(order)) {
      // files that have a grant go on without the service
      file.notBefore = now + backoff(++file.pauses);
      return;
    }
    // connections that meet one fault at once are one wait
    if (order.notBefore <= now) order.waits++;
    const pause = Math.max(Number(error.detail['retryAfter'] ?? 0), backoff(order.waits));
    order.wait(error, now + (error.code === 'offline' ? Math.min(pause, OFFLINE_PAUSE) : pause));
  }

  /** A refused grant uses up no attempt. Where fresh ones are refused as well, the order waits longer each time. */
  private renew(file: FileRun, error: AppError, counts: boolean, url: string | undefined): void {
    const { order } = file;
    const { urls } = file.spec;
    if (urls) {
      // another server may still have it
      if (counts && ++file.renewals < urls.length) return;
      return order.wait(new AppError('link-expired', 'The link has expired. Everything received is kept.'), Infinity);
    }
    this.ports.grants.drop(order, file.index, url);
    if (counts && ++file.renewals >= 3) order.wait(error, performance.now() + backoff(file.renewals));
  }

  private async connectionLost(file: FileRun, url: string | undefined): Promise<void> {
    const why = await whyUnreachable(url);
    if (why.rule === 'ask') return file.order.wait(why, Infinity);
    if (why.code !== 'source-unreachable') return this.wait(file, why);
    file.notBefore = performance.now() + backoff(++file.pauses);
    if (file.pauses >= UNREACHABLE_AFTER) this.wait(file, why);
  }

  private async tryAgain(file: FileRun, error: AppError, counts: boolean): Promise<void> {
    // the part is closed and opened again: recovery finds out what is really there, and saving hashes all of it once more
    if (error.code === 'storage-failed' || error.code === 'engine-failed') {
      file.hasOldPieces = true;
      await this.ports.stop(file);
      file.reconciled = false;
    }
    if (!counts) return;
    const now = performance.now();
    if (++file.attempts === 1) file.failingSince = now;
    file.notBefore = now + backoff(++file.pauses);
    if (file.attempts < MAX_ATTEMPTS) return;
    // a server that fails for every file is down: the order waits for it
    const { waits, progressAt } = file.order;
    const isDown = error.code === 'server-error' && waits < MAX_WAITS && progressAt < file.failingSince;
    return isDown ? this.wait(file, error) : this.fail(file, error);
  }

  private async badSource(file: FileRun, error: AppError): Promise<void> {
    // a damaged piece counted its strike where it was checked
    const strikes = error.code === 'piece-damaged' ? 0 : ++file.strikes;
    if (error.code === 'range-ignored' && strikes >= 2 && file.canComeWhole && !file.wholeFile) {
      file.wholeFile = true;
      file.strikes = 0;
      return;
    }
    if (strikes >= (error.detail['excess'] === undefined ? MAX_STRIKES : 2)) return this.fail(file, final(error));
    file.notBefore = performance.now() + backoff(1);
  }

  private async fail(file: FileRun, error: AppError): Promise<void> {
    await this.ports.stop(file);
    const { code, message, detail } = error;
    file.apply({ kind: 'fail', error: { code, message, detail: { ...detail, at: Date.now() } } });
    // not journaled, it is tried once more after the next start
    await this.ports.journal.putFile(file.record()).catch(() => undefined);
    this.ports.onFailed(file.order);
  }
}

/** A size that stays wrong is a change of the object. */
function final(error: AppError): AppError {
  if (error.detail['size'] === undefined) return error;
  return new AppError(
    'changed-by-sender',
    'The file on the server has another size than the order says.',
    error.detail,
  );
}
