import { startBackend } from "@invertible/ops/backend";
import type { BackendName } from "@invertible/ops/backend";
import { beforeAll, describe, it } from "vitest";
import { checkLaw } from "./check-law.ts";
import type { Law } from "./law.ts";
import { laws } from "./laws.ts";
import type { ConformanceOptions } from "./trial/options.ts";
import type { BijectionFactory } from "./trial/trial.ts";

/** Options of `describeBijection`. */
export interface DescribeOptions extends ConformanceOptions {
  /** Default: cpu and wasm. */
  readonly backends?: readonly BackendName[];
  /** Laws of your own, checked after those of the kit. */
  readonly laws?: readonly Law[];
  /** Milliseconds that one law may take. Default 180 000: vitest's own limit of 5 s is short for an iterative inverse. */
  readonly timeout?: number;
}

/**
 * Every law of the kit as a vitest test, on every backend. Skipped laws show their reason. Where several laws are broken, the messages
 * of the later ones name the first, which is the probable cause.
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
  const { backends = ["cpu", "wasm"], laws: own = [], timeout = 180_000, ...conformance } = options;
  const skipped: Readonly<Record<string, string>> = conformance.skip ?? {};
  describe.each(backends)(`${name} on %s`, (backend) => {
    let first: string | undefined;
    beforeAll(() => startBackend(backend));
    for (const law of [...laws, ...own]) {
      const reason = skipped[law.name];
      if (reason !== undefined) it.skip(`${law.name} (skipped: ${reason})`, () => undefined);
      else
        it(`${law.name}: ${law.statement}`, { timeout }, async ({ skip }) => {
          const result = await checkLaw(law, factory, conformance).catch((error: unknown) => {
            if (error instanceof Error) error.message = marked(error.message, first);
            first ??= law.name;
            throw error;
          });
          if (!result.held) skip(result.exempt);
        });
    }
  });
}

function marked(message: string, first: string | undefined): string {
  return first === undefined
    ? `[first cause] ${message}`
    : `[the first cause is probably "${first}"] ${message}`;
}
