import { bijectionTypes, chain } from "@invertible/bijection";
import type { LayerType } from "@invertible/bijection";
import { createFlow, diagonalNormal } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { actNorm, layerTypes } from "@invertible/layers";
import { exactLogDet } from "@invertible/log-det";
import type { Random } from "@invertible/ops";
import { denseBranch, residualBlock, residualTypes } from "@invertible/residual";
import { perFeature, perFeatureType } from "./per-feature.ts";
import { twist, twistType } from "./twist.ts";

export interface TwistFlowOptions {
  readonly steps: number;
  /** Hidden width of every one-dimensional residual block. */
  readonly width: number;
  readonly random: Random;
}

/** Every step scales the plane, bends each axis by a residual block of its own, and twists. Data: [B, 2]. */
export function twistFlow({ steps, width, random }: TwistFlowOptions): Flow {
  const bend = (key: Random) =>
    residualBlock({
      branch: denseBranch({
        features: 1,
        hidden: [width],
        activation: "sin",
        coefficient: 0.9,
        preactivation: false,
        random: key,
      }),
      logDet: exactLogDet(),
    });
  const parts = Array.from({ length: steps }, (_, step) => {
    const key = random.fold(step);
    return [
      actNorm({ inputShape: [2] }),
      perFeature([bend(key.fold("first")), bend(key.fold("second"))]),
      twist(),
    ];
  });
  return createFlow({ bijection: chain(parts.flat()), base: diagonalNormal({ shape: [2] }) });
}

/** Every layer type in a twist flow, for `loadFlow(bytes, { layers: twistFlowTypes })`. */
export const twistFlowTypes: readonly LayerType[] = [
  ...bijectionTypes,
  ...layerTypes,
  ...residualTypes,
  perFeatureType,
  twistType,
];
