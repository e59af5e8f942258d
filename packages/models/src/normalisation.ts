import { fail } from "@invertible/errors";
import type { Bijection } from "@invertible/bijection";
import { actNorm, batchNorm } from "@invertible/layers";
import type { Shape } from "@invertible/ops";

/**
 * What normalises values before each coupling. "act-norm": a scale and shift that start from data and are learned. "batch-norm": the
 * statistics of the batch in training and running ones afterwards, as published. A flow with batch norms depends on the whole
 * batch in training; see `batchNorm`.
 */
export type NormalisationName = "act-norm" | "batch-norm";

const names: readonly NormalisationName[] = ["act-norm", "batch-norm"];

/** @throws ArgumentError for anything else than one of the names. */
export function checkNormalisation(where: string, name: NormalisationName): void {
  if (!names.includes(name)) fail(where, names.map((each) => JSON.stringify(each)).join(" or "), name);
}

/** Makes a layer that normalises. */
export function createNormalisation(name: NormalisationName, inputShape: Shape): Bijection {
  return name === "act-norm" ? actNorm({ inputShape }) : batchNorm({ inputShape });
}
