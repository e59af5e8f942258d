/** Divides a fixed time among programs that run one after another. What one leaves over is for those after it. */
export interface TimeBudget {
  /** Seconds that are left. */
  left(): number;
  /** How many seconds the next program may take, where `programs` are still to come, itself included. */
  share(programs: number): number;
}

/** @param now the clock, in milliseconds */
export function timeBudget(seconds: number, now: () => number = () => performance.now()): TimeBudget {
  const end = now() + seconds * 1000;
  const left = () => Math.max(0, (end - now()) / 1000);
  return { left, share: (programs) => left() / Math.max(1, programs) };
}
