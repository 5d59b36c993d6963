import { msg } from '@lit/localize';
import type { ErrorCode } from '../order/errors.ts';
import type { OrderSummary, Snapshot } from '../engine-api.ts';

/** What the one main button of an order does. */
export type MainAction =
  | 'start'
  | 'pause'
  | 'resume'
  | 'retry-all'
  | 'continue-saving'
  | 'choose-folder'
  | 'free-space'
  | 'paste-link'
  | 'reload';

/** Only another link from the sender helps. */
const NEEDS_NEW_LINK: ReadonlySet<ErrorCode> = new Set([
  'link-expired',
  'link-invalid',
  'order-unknown',
  'key-invalid',
  'key-expired',
  'key-revoked',
  'password-needed',
]);

/** This page itself is in the way: its policy, or its version. */
const NEEDS_RELOAD: ReadonlySet<ErrorCode> = new Set(['host-blocked', 'request-invalid', 'app-outdated']);

/** The one thing to press on an order now; undefined when there is nothing to do. */
export function mainAction(summary: OrderSummary, snapshot: Snapshot): MainAction | undefined {
  const { state, reason } = summary;
  if (state === 'done') return summary.filesUnconfirmed > 0 ? 'free-space' : undefined;
  if (state === 'ready') return 'start';
  if (state === 'paused') return 'resume';
  if (reason?.code === 'file-too-large') return 'choose-folder';
  if (reason?.code.startsWith('folder-') === true) return 'continue-saving';
  if (state === 'attention') {
    if (!reason) return 'retry-all';
    if (reason.code === 'downloads-unconfirmed') return 'free-space';
    if (NEEDS_RELOAD.has(reason.code)) return 'reload';
    return NEEDS_NEW_LINK.has(reason.code) ? 'paste-link' : 'resume';
  }
  return snapshot.folderNeedsPermission ? 'continue-saving' : 'pause';
}

/** True when the order can be paused beside what its main button does: saving waits for the user, the download goes on. */
export function canAlsoPause({ state }: OrderSummary, action: MainAction | undefined): boolean {
  return action === 'continue-saving' && (state === 'running' || state === 'waiting');
}

/** The button's name. These words are a contract, see docs/automation.md. */
export function mainActionWord(action: MainAction): string {
  const words: Record<MainAction, () => string> = {
    start: () => msg('Start'),
    pause: () => msg('Pause'),
    resume: () => msg('Resume'),
    'retry-all': () => msg('Retry all'),
    'continue-saving': () => msg('Continue saving'),
    'free-space': () => msg('Yes, free the space'),
    'choose-folder': () => msg('Choose folder'),
    'paste-link': () => msg('Paste new link'),
    reload: () => msg('Reload'),
  };
  return words[action]();
}
