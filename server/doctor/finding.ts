/** What one check of `holdfast doctor` found. */
export interface Finding {
  readonly check: string;
  /** `fail`: customers cannot receive. `warn`: they can, but something will get in their way. */
  readonly state: 'ok' | 'warn' | 'fail';
  /** What was seen, and what to do about it. */
  readonly message: string;
}

/** Makes the findings of one check. */
export function findings(check: string): Readonly<Record<Finding['state'], (message: string) => Finding>> {
  const of =
    (state: Finding['state']) =>
    (message: string): Finding => ({ check, state, message });
  return { ok: of('ok'), warn: of('warn'), fail: of('fail') };
}
