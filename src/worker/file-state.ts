import type { AppErrorData } from '../order/errors.ts';
import type { FileState } from './ports.ts';

/** What can happen to a file. */
export type FileEvent =
  | { readonly kind: 'begin' }
  | { readonly kind: 'complete' }
  | { readonly kind: 'damaged' }
  /** Its part was given up: it begins anew. */
  | { readonly kind: 'give-up' }
  | { readonly kind: 'save' }
  | { readonly kind: 'saved'; readonly name: string }
  /** It was in the destination already. */
  | { readonly kind: 'adopt'; readonly name: string }
  | { readonly kind: 'save-stopped' }
  | { readonly kind: 'hand-over'; readonly name: string }
  /** The user found it in the browser's downloads. */
  | { readonly kind: 'confirm' }
  /** It was saved, but its copy in the destination has changed or is gone. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'fail'; readonly error: AppErrorData }
  /** `complete`: all its pieces are verified, only saving it failed. */
  | { readonly kind: 'retry'; readonly complete: boolean };

/** The state after `event`. An event that does not fit leaves the state as it is: late answers of cancelled work are harmless. */
export function transition(state: FileState, event: FileEvent): FileState {
  switch (event.kind) {
    case 'begin':
      return state.kind === 'waiting' ? { kind: 'downloading' } : state;
    case 'complete':
      return state.kind === 'downloading' ? { kind: 'verified' } : state;
    case 'give-up':
      return state.kind === 'downloading' ? { kind: 'waiting' } : state;
    case 'damaged':
      return state.kind === 'verified' || state.kind === 'saving' ? { kind: 'waiting' } : state;
    case 'save':
      return state.kind === 'verified' || state.kind === 'saving' ? { kind: 'saving' } : state;
    case 'saved':
      return state.kind === 'saving' ? { kind: 'saved', name: event.name } : state;
    case 'adopt':
      return state.kind === 'waiting' || state.kind === 'downloading' ? { kind: 'saved', name: event.name } : state;
    case 'save-stopped':
      return state.kind === 'saving' ? { kind: 'verified' } : state;
    case 'hand-over':
      return state.kind === 'verified' ? { kind: 'handed-over', name: event.name } : state;
    case 'confirm':
      return state.kind === 'handed-over' ? { ...state, confirmed: true } : state;
    case 'lost':
      return state.kind === 'saved' || state.kind === 'handed-over' ? { kind: 'waiting' } : state;
    case 'fail':
      return state.kind === 'saved' || state.kind === 'handed-over' ? state : { kind: 'failed', error: event.error };
    case 'retry':
      return state.kind === 'failed' ? { kind: event.complete ? 'verified' : 'waiting' } : state;
  }
}

/** A download or a save that was cut short begins again, with what the journal, the part and the folder say. */
export function interrupted(state: FileState): FileState {
  if (state.kind === 'downloading') return { kind: 'waiting' };
  return state.kind === 'saving' ? { kind: 'verified' } : state;
}
