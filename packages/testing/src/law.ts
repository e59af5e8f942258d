import type { Trial } from "./trial/trial.ts";

/**
 * Something that must hold for every bijection. `checkLaw` takes laws of your own like those of the kit.
 *
 * @example
 * ```ts
 * const centred: Law = {
 *   name: "centred",
 *   statement: "forward takes 0 to 0",
 *   async check({ bijection, call }) {
 *     const [x, y] = tidy(() => {
 *       const zero = zeros([1, ...bijection.inputShape]);
 *       return [zero, bijection.forward(zero, call())] as const;
 *     });
 *     const numbers = await numbersOf(y);
 *     dispose([x, y]);
 *     demand(numbers.every((n) => n === 0), () => `forward(0): expected 0, received ${numbers.join(", ")}`);
 *   },
 * };
 * ```
 */
export interface Law {
  readonly name: string;
  /** One sentence, which a test report shows. */
  readonly statement: string;
  /** Completes "If that is right for this layer, ..." in messages: the option to set. */
  readonly hint?: string;
  /** Why the law does not concern this bijection, judged by its traits and options; undefined where it does. */
  exempt?(trial: Trial): string | undefined;
  /** Frees what it makes where it holds. @throws LawViolation by `demand`, or whatever the bijection throws. */
  check(trial: Trial): Promise<void>;
}
