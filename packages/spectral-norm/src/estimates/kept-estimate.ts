import { dispose, newVariables, watchVariables } from "@invertible/ops";
import type { NamedVariables, Shape, Tensor, Variable } from "@invertible/ops";
import { normGradientOf } from "./estimate.ts";
import type { Estimate } from "./estimate.ts";
import type { MeasuredFamily } from "./measured-family.ts";
import type { NormSearch } from "./norm-search.ts";

/** The estimate of a norm in variables, and the knowledge of whether it belongs to the present weight. */
export interface KeptEstimate {
  /** The variables by the names under which they are saved. */
  readonly state: NamedVariables;
  /** The vector where the next search starts. Absent where nothing is iterated. */
  readonly v: Variable | undefined;
  /** G, a constant to every gradient. Call it inside a `tidy`. */
  normGradient(): Tensor;
  /** Keeps an estimate, which belongs to the present weight, and disposes of its tensors. */
  replace(found: Estimate): void;
  /** Says that the estimate belongs to the weight as it is now. */
  confirm(): void;
  /** Whether the estimate belongs to the weight as it is now. Weights and state that were all assigned to belong together. */
  isFresh(): boolean;
}

/** Makes the variables of an estimate of the weight's norm. They start with what `search` finds. */
export function keepEstimate(search: NormSearch, measured: MeasuredFamily, weight: Variable): KeptEstimate {
  const variables: Readonly<Record<string, Variable>> = newVariables(
    search.shapes(weight.shape) as Readonly<Record<string, Shape>>,
    () => search.start(weight),
    false,
  );
  const estimate = variables as Estimate<Variable>;
  const takeNote = () => ({
    sameWeight: watchVariables([weight]),
    sameEstimate: Object.values(variables).map((variable) => watchVariables([variable])),
  });
  let noted = takeNote();
  const confirm = () => {
    noted = takeNote();
  };
  return {
    state: named(estimate, search.family === measured),
    v: "v" in estimate ? estimate.v : undefined,
    normGradient: () => normGradientOf(search.family, estimate, weight),
    replace(found) {
      for (const [name, tensor] of Object.entries(found)) variables[name]!.assign(tensor);
      dispose(found);
      confirm();
    },
    confirm,
    isFresh() {
      if (noted.sameWeight()) return true;
      if (noted.sameEstimate.some((same) => same())) return false;
      confirm();
      return true;
    },
  };
}

/**
 * The variables by name. Two vectors are named by the ends of the layer, also where the search was for the transposed operators. Beside a
 * gradient, `singularVector` lies at the input of the operators that were searched.
 */
function named(estimate: Estimate<Variable>, asMeasured: boolean): NamedVariables {
  if ("normGradient" in estimate) {
    const { normGradient } = estimate;
    return { normGradient, ...("v" in estimate && { singularVector: estimate.v }) };
  }
  const [inputSingularVector, outputSingularVector] = asMeasured
    ? [estimate.v, estimate.u]
    : [estimate.u, estimate.v];
  return { inputSingularVector, outputSingularVector };
}
