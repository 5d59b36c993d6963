import { msg } from '@lit/localize';
import type { ErrorCode } from '../order/errors.ts';
import type { OrderSummary, Snapshot } from '../engine-api.ts';

/** What the one main button of an order does. */
export type MainAction = 'start' | 'pause' | 'resume' | 'continue-saving' | 'paste-link';

/** Only another link from the sender helps. */
const NEEDS_NEW_LINK: ReadonlySet<ErrorCode> = new Set([
  'link-expired',
  'key-expired',
  'key-revoked',
  'password-needed',
]);

/** The one thing to press on an order now; undefined when there is nothing to do. */
export function mainAction({ state, reason }: OrderSummary, snapshot: Snapshot): MainAction | undefined {
  if (state === 'done') return undefined;
  if (state === 'ready') return 'start';
  if (state === 'paused') return 'resume';
  if (state === 'attention') {
    if (reason && NEEDS_NEW_LINK.has(reason.code)) return 'paste-link';
    if (reason?.code.startsWith('folder-') === true) return 'continue-saving';
    if (reason) return 'resume';
  }
  if (snapshot.folderNeedsPermission) return 'continue-saving';
  return state === 'attention' ? 'resume' : 'pause';
}

/** The button's name. All but the last are a contract, see docs/automation.md. */
export function mainActionWord(action: MainAction): string {
  const words: Record<MainAction, () => string> = {
    start: () => msg('Start'),
    pause: () => msg('Pause'),
    resume: () => msg('Resume'),
    'continue-saving': () => msg('Continue saving'),
    'paste-link': () => msg('Paste new link'),
  };
  return words[action]();
}
