import { add, dispose, mul, sum, tidy, valueAndGradients } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { demandWithin } from "../../law-violation.ts";
import { relativeErrors, rowsOf, short } from "../../measures/numbers.ts";
import type { Direction } from "../../trial/direction.ts";
import { conditionsOfRows, slicedRows } from "../../trial/rows.ts";
import type { Trial } from "../../trial/trial.ts";
import { demandSameRows } from "./same-rows.ts";

/** Relative to the example's largest. */
const gradientRounding = 1e-3;

/** Gradients in the input by example; those in the parameters add up over examples. */
export async function checkBatchGradients(trial: Trial, direction: Direction, x: Tensor): Promise<void> {
  const { bijection, random } = trial;
  const exact = bijection.traits.logDet === "exact";
  if (
    trial.stochastic ||
    trial.options.skip?.[direction.name === "forward" ? "gradients" : "inverse gradients"]
  )
    return;
  const count = 134;
  const names = Object.keys(bijection.parameters);
  const valueWeights = random.fold("weights").normal([count, ...direction.toShape]);
  const logDetWeights = random.fold("log-det weights").normal([count]);
  const gradientsAt = async (begin: number, size: number) => {
    const given = conditionsOfRows(trial, begin, size);
    const part = slicedRows(x, begin, size);
    const call = { ...trial.call(), ...given };
    const loss = (input: Tensor) => {
      const weights = slicedRows(valueWeights, begin, size);
      if (!exact) return sum(mul(direction.value(input, call), weights));
      const { value, logDet } = direction.results(input, call);
      return add(sum(mul(value, weights)), sum(mul(logDet!, slicedRows(logDetWeights, begin, size))));
    };
    const result = tidy(() =>
      valueAndGradients(() => loss(part), [part, ...Object.values(bijection.parameters)] as never),
    );
    const [input, ...parameters] = result.gradients;
    const numbers = {
      input: await rowsOf(input!),
      parameters: await Promise.all(parameters.map(async (g) => Float32Array.from(await g.data()))),
    };
    dispose([part, result.value, ...result.gradients, ...Object.values(given)]);
    return numbers;
  };
  try {
    const [whole, few, rest] = [
      await gradientsAt(0, count),
      await gradientsAt(0, 5),
      await gradientsAt(5, count - 5),
    ];
    demandSameRows(
      trial,
      `${direction.name}'s gradient in the input`,
      whole.input,
      few.input,
      0,
      gradientRounding,
    );
    demandSameRows(
      trial,
      `${direction.name}'s gradient in the input`,
      whole.input,
      rest.input,
      5,
      gradientRounding,
    );
    for (const [i, name] of names.entries()) {
      const total = few.parameters[i]!.map((value, at) => value + rest.parameters[i]![at]!);
      const error = relativeErrors([total], [whole.parameters[i]!])[0]!;
      demandWithin(
        trial,
        { what: `${direction.name}'s gradient of ${name}`, value: error, allowed: gradientRounding },
        () =>
          `${direction.name}'s gradient of ${name}: expected that of ${count} examples to be the sum of those of 5 and ${count - 5}, received a difference of ${short(error)}`,
      );
    }
  } finally {
    dispose([valueWeights, logDetWeights]);
  }
}
