/** Ms to wait before attempt `n` (1, 2, …): 0.5 s doubled to at most 60 s, between half and all of it by chance. */
export function backoff(n: number): number {
  return Math.min(60_000, 500 * 2 ** (n - 1)) * (0.5 + Math.random() / 2);
}
