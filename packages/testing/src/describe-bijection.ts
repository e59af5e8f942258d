import { startBackend } from "@invertible/ops/backend";
import type { BackendName } from "@invertible/ops/backend";
import { beforeAll, describe, it } from "vitest";
import { checkLaw } from "./check-law.ts";
import { laws } from "./laws.ts";
import type { ConformanceOptions } from "./trial/options.ts";
import type { BijectionFactory } from "./trial/trial.ts";

export interface DescribeOptions extends ConformanceOptions {
  /** Default: cpu and wasm. */
  readonly backends?: readonly BackendName[];
  /** Milliseconds that one law may take. Default 180 000: vitest's own limit of 5 s is short for an iterative inverse. */
  readonly timeout?: number;
}

/**
 * Every law of the kit as a vitest test, on every backend. Skipped laws show their reason.
 *
 * @example
 * ```ts
 * describeBijection("actNorm", () => actNorm({ inputShape: [4] }), { types: layerTypes });
 * ```
 */
export function describeBijection(
  name: string,
  factory: BijectionFactory,
  options: DescribeOptions = {},
): void {
  const { backends = ["cpu", "wasm"], timeout = 180_000, ...conformance } = options;
  describe.each(backends)(`${name} on %s`, (backend) => {
    beforeAll(() => startBackend(backend));
    for (const law of laws) {
      const reason = conformance.skip?.[law.name];
      if (reason !== undefined) it.skip(`${law.name} (skipped: ${reason})`, () => undefined);
      else
        it(`${law.name}: ${law.statement}`, { timeout }, async ({ skip }) => {
          const result = await checkLaw(law.name, factory, conformance);
          if (!result.held) skip(result.exempt);
        });
    }
  });
}
