import { defineBijection, knownBounds } from "@invertible/bijection";
import type { Bijection, DefinitionWithoutLogDet } from "@invertible/bijection";
import { concat, exp, matMul, mul, neg, ones, slice, tanh, tidy, variable, zeros } from "@invertible/ops";
import type { Variable } from "@invertible/ops";

/** A sound definition with its pieces in reach, so that a mutant can replace one. */
export interface SoundInjective extends DefinitionWithoutLogDet {
  readonly variables: { readonly logScale: Variable; readonly weight: Variable };
  inverse: NonNullable<DefinitionWithoutLogDet["inverse"]>;
}

/**
 * x [3] -> y = (u, tanh(u weight)) [5] with u = x * exp(logScale). What it gives is a curved surface among all y, on which its inverse
 * undoes it; elsewhere the inverse reads u and no more.
 */
export function soundInjective(): SoundInjective {
  const variables = tidy(() => ({ logScale: variable(zeros([3])), weight: variable(ones([3, 2])) }));
  const { logScale, weight } = variables;
  return {
    variables,
    name: "soundInjective",
    inputShape: [3],
    outputShape: [5],
    traits: { logDet: "none" },
    parameters: { logScale, weight },
    config: {},
    forward(x) {
      const u = mul(x, exp(logScale));
      return { y: concat([u, tanh(matMul(u, weight))], 1) };
    },
    inverse: (y) => ({ x: mul(slice(y, [0, 0], [y.shape[0]!, 3]), exp(neg(logScale))) }),
    lipschitz: knownBounds(async () => {
      const [scales, weights] = [Array.from(await logScale.data()), Array.from(await weight.data())];
      // float32 rounds exp(logScale) by less.
      const above = (value: number) => value * (1 + 1e-6);
      // The Frobenius norm bounds that of the weight, and tanh has slopes up to 1.
      const graph = Math.sqrt(1 + weights.reduce((total, entry) => total + entry ** 2, 0));
      return {
        forward: above(Math.exp(Math.max(...scales)) * graph),
        inverse: above(Math.exp(-Math.min(...scales))),
      };
    }),
  };
}

/** The sound layer with some of its definition replaced. */
export function injecting(
  change: (sound: SoundInjective) => Partial<DefinitionWithoutLogDet>,
): () => Bijection {
  return () => {
    const sound = soundInjective();
    return defineBijection({ ...sound, ...change(sound) });
  };
}
