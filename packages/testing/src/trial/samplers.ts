import type { Bijection, Call } from "@invertible/bijection";
import { sizeOf, tidy } from "@invertible/ops";
import type { Random, Shape, Tensor } from "@invertible/ops";
import { hardValues } from "./hard-values.ts";
import type { ConformanceOptions, Sampler } from "./options.ts";

/** What the laws draw their inputs and outputs from. */
export interface Samplers {
  /** Typical inputs, [batch, ...inputShape]; and outputs. */
  readonly sample: Sampler;
  readonly sampleOutput: Sampler;
  /** Hard inputs, and outputs. */
  readonly tails: readonly Sampler[];
  readonly outputTails: readonly Sampler[];
}

/**
 * The samplers of the options. Where a test gives none, they are standard normal, and `hardValues`. But if one side has more numbers than
 * the other, not everything on that side is a value of the map, and a round trip leads back only to what is one. There the default is
 * what the map makes of the other side.
 */
export function samplersOf(bijection: Bijection, options: ConformanceOptions): Samplers {
  const { inputShape, outputShape, traits } = bijection;
  const [inputs, outputs] = [sizeOf(inputShape), sizeOf(outputShape)];
  const given = {
    inputs: { typical: options.sample, hard: options.tails },
    outputs: { typical: options.sampleOutput, hard: options.outputTails },
  };
  let own = filled(given.inputs, drawn(inputShape));
  let others = filled(given.outputs, drawn(outputShape));
  if (outputs > inputs)
    others = filled(
      given.outputs,
      mapped(own, (x, call) => bijection.forward(x, call)),
    );
  if (inputs > outputs && traits.inverse !== "none")
    own = filled(
      given.inputs,
      mapped(others, (y, call) => bijection.inverse(y, call)),
    );
  return {
    sample: own.typical,
    tails: own.hard,
    sampleOutput: others.typical,
    outputTails: others.hard,
  };
}

interface Side {
  readonly typical: Sampler;
  readonly hard: readonly Sampler[];
}

function filled(given: { readonly [Key in keyof Side]: Side[Key] | undefined }, otherwise: Side): Side {
  return { typical: given.typical ?? otherwise.typical, hard: given.hard ?? otherwise.hard };
}

function drawn(shape: Shape): Side {
  return { typical: (batch, random) => random.normal([batch, ...shape]), hard: hardValues(shape) };
}

function mapped({ typical, hard }: Side, map: (input: Tensor, call: Call) => Tensor): Side {
  const through =
    (sampler: Sampler): Sampler =>
    (batch: number, random: Random) =>
      tidy(() => map(sampler(batch, random), { random: random.fold("map") }));
  return { typical: through(typical), hard: hard.map(through) };
}
