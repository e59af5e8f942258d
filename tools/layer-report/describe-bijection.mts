/**
 * What the tests of layers get in place of `@invertible/testing` while a report is made: a `describeBijection` that reports on the layer
 * that was asked for, instead of testing each. So the tests are the list of layers, with the inputs and options that belong to them.
 */
import { startBackend } from "@invertible/ops/backend";
import type { DescribeOptions } from "@invertible/testing";
import type { BijectionFactory } from "@invertible/testing/laws";
import { inject, it } from "vitest";
import { reportOn } from "./report-on.mts";

export * from "@invertible/testing/laws";

declare module "vitest" {
  interface ProvidedContext {
    /** The layer that is asked for: the title of a description, or its beginning up to a comma. */
    layerReport: {
      readonly layer: string;
      /** Before the title of a description in the name of its test. */
      readonly prefix: string;
    };
  }
}

let reported = false;

export function describeBijection(
  title: string,
  factory: BijectionFactory,
  options: DescribeOptions = {},
): void {
  const { layer, prefix } = inject("layerReport");
  // Of several lines the first stands for all, unless one is named.
  const isMeant = title === layer || (title.startsWith(`${layer},`) && !reported);
  reported ||= isMeant;
  it.skipIf(!isMeant)(`${prefix}${title}`, { timeout: 600_000 }, async () => {
    await startBackend("wasm");
    const { backends: _, laws: own = [], timeout: __, ...conformance } = options;
    console.log(await reportOn(title, factory, conformance, own));
  });
}
