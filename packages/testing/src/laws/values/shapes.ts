import { dispose } from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import { directions } from "../../trial/direction.ts";
import { demand } from "../../law-violation.ts";
import type { Law } from "../../law.ts";
import { bitEqual, demandFinite, numbersOf } from "../../measures/numbers.ts";

function demandShape(what: string, tensor: Tensor, shape: Shape): void {
  const same = tensor.rank === shape.length && tensor.shape.every((n, i) => n === shape[i]);
  demand(same, `${what}: expected [${shape.join(", ")}], received [${tensor.shape.join(", ")}]`);
}

export const shapesLaw = {
  name: "shapes",
  statement:
    "results have the declared shapes and finite float32 numbers; a result is not its input, which is left as it was",
  hint: "set `sample` and `sampleOutput` to values of its domain",
  async check(trial) {
    for (const direction of directions(trial))
      for (const batch of [1, 2, 5]) {
        const input = direction.sample(batch, trial.random.fold("shapes").fold(batch));
        demandShape(`the sample for ${direction.name}`, input, [batch, ...direction.fromShape]);
        const before = await numbersOf(input);
        const results = direction.results(input, trial.call());
        demandShape(`${direction.name}'s value`, results.value, [batch, ...direction.toShape]);
        if (results.logDet) demandShape(`${direction.name}'s logDet`, results.logDet, [batch]);
        for (const [of, { dtype }] of Object.entries(results))
          demand(dtype === "float32", `${direction.name}'s ${of}: expected float32, received ${dtype}`);
        for (const [of, result] of Object.entries(results))
          demandFinite(`${direction.name}'s ${of}`, await numbersOf(result));
        demand(
          results.value !== input,
          `${direction.name}: expected a tensor of its own, received its input`,
        );
        dispose(Object.values(results));
        demand(!input.isDisposed, `${direction.name}: expected the input to outlive the result`);
        demand(
          bitEqual(await numbersOf(input), before),
          `${direction.name}: expected an input left as it was`,
        );
        dispose(input);
      }
  },
} as const satisfies Law;
