/** What is left to do, in bytes, and how fast it goes, in bytes per second. */
export interface Work {
  readonly toReceive: number;
  /** 0 when nothing arrives. */
  readonly receiving: number;
  /** 0 where nothing can be saved at the moment. */
  readonly toSave: number;
  readonly saving: number;
  /** The largest file that is not saved yet. */
  readonly largest: number;
}

/** Seconds until everything is received and saved; undefined while nobody can tell. */
export function secondsLeft({ toReceive, receiving, toSave, saving, largest }: Work): number | undefined {
  const save = toSave / saving;
  if (toReceive <= 0) return save;
  if (receiving <= 0) return undefined;
  // files are saved while later ones arrive, the last one only when it is there
  const last = Math.min(toSave, largest) / saving;
  return Math.max(toReceive / receiving + last, save);
}
