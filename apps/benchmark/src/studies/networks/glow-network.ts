import { chain } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { affineCoupling, convConditioner } from "@invertible/coupling";
import { actNorm, invertibleConv1x1, squeeze } from "@invertible/layers";
import { freeingVariables } from "@invertible/ops";
import type { Random, Shape } from "@invertible/ops";

export interface GlowNetworkOptions {
  /** [H, W, C] of real-valued images. */
  readonly inputShape: Shape;
  /** Every scale begins with a squeeze. */
  readonly stepsPerScale: readonly number[];
  /** Hidden channels of the coupling networks. */
  readonly width: number;
  /** "sigmoid" is sigmoid(s + 2), as in Glow's code. "exp" is exp(s) without a limit, as in the paper. */
  readonly scale: "sigmoid" | "exp";
  readonly random: Random;
}

/** Steps of act-norm, 1x1 convolution and affine coupling. Unlike in `imageGlow`, no channels leave between scales. */
export function glowNetwork({ stepsPerScale, width, scale, random, ...rest }: GlowNetworkOptions): Bijection {
  return freeingVariables(() => {
    const layers: Bijection[] = [];
    let shape = rest.inputShape;
    stepsPerScale.forEach((steps, index) => {
      const first = squeeze({ inputShape: shape });
      const inputShape = first.outputShape;
      layers.push(first);
      for (let step = 0; step < steps; step++) {
        const key = random.fold(index).fold(step);
        layers.push(
          actNorm({ inputShape }),
          invertibleConv1x1({ inputShape, random: key.fold("mix") }),
          affineCoupling({
            inputShape,
            conditioner: convConditioner({ width, random: key.fold("network") }),
            ...(scale === "sigmoid" ? { scale } : { scale, logScaleBound: Infinity }),
          }),
        );
      }
      shape = inputShape;
    });
    return chain(layers);
  });
}
