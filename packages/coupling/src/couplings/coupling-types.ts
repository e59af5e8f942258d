import { readConfig } from "@invertible/bijection";
import type { LayerType } from "@invertible/bijection";
import { fail } from "@invertible/errors";
import type { JsonObject } from "@invertible/errors";
import type { Random } from "@invertible/ops";
import { additiveCoupling } from "./additive-coupling.ts";
import { affineCoupling, affineOrders } from "./affine-coupling.ts";
import { conditionalAffineType } from "./conditional-affine.ts";
import { readAffineScale } from "./affine-scale.ts";
import { autoregressiveAffineType } from "../autoregressive/autoregressive-affine.ts";
import { autoregressiveMixtureType } from "../autoregressive/autoregressive-mixture.ts";
import type { ConditionerType } from "../conditioners/conditioner.ts";
import { convConditionerType, zeroConvConditionerType } from "../conditioners/conv-conditioner.ts";
import { readConditionFeatures } from "./condition-input.ts";
import type { CouplingOptions } from "./define-coupling.ts";
import { denseConditionerType } from "../conditioners/dense-conditioner.ts";
import { passThroughs } from "./partition.ts";
import { rationalQuadraticCoupling } from "./rational-quadratic-coupling.ts";

/** The conditioner types of this package. */
export const conditionerTypes: readonly ConditionerType[] = [
  denseConditionerType,
  convConditionerType,
  zeroConvConditionerType,
];

/**
 * Makes the layer types of all couplings, for models whose couplings use these conditioners. To load couplings with a
 * conditioner of your own, pass its type beside `conditionerTypes`.
 */
export function couplingTypesWith(conditioners: readonly ConditionerType[]): readonly LayerType[] {
  const common = (layer: string, config: JsonObject, random: Random): CouplingOptions => {
    const read = readConfig(layer, config);
    return {
      inputShape: read.shape("inputShape"),
      passThrough: read.choice("passThrough", passThroughs),
      ...readConditionFeatures(read),
      conditioner: rebuildConditioner(
        `${layer}.conditioner`,
        read.object("conditioner"),
        conditioners,
        random,
      ),
    };
  };
  return [
    {
      layer: "affineCoupling",
      build(config, { random }) {
        const read = readConfig("affineCoupling", config);
        return affineCoupling({
          ...common("affineCoupling", config, random),
          ...readAffineScale(config, read),
          order: read.choice("order", affineOrders),
        });
      },
    },
    {
      layer: "additiveCoupling",
      build: (config, { random }) => additiveCoupling(common("additiveCoupling", config, random)),
    },
    autoregressiveAffineType,
    autoregressiveMixtureType,
    conditionalAffineType,
    {
      layer: "rationalQuadraticCoupling",
      build(config, { random }) {
        const read = readConfig("rationalQuadraticCoupling", config);
        return rationalQuadraticCoupling({
          ...common("rationalQuadraticCoupling", config, random),
          bins: read.number("bins"),
          bound: read.number("bound"),
        });
      },
    },
  ];
}

/** The layer types of all couplings with the conditioners of this package, for loading saved models. */
export const couplingTypes: readonly LayerType[] = couplingTypesWith(conditionerTypes);

function rebuildConditioner(
  where: string,
  description: JsonObject,
  types: readonly ConditionerType[],
  random: Random,
) {
  const read = readConfig(where, description);
  const name = read.text("conditioner");
  const known = types.map(({ conditioner }) => conditioner);
  const type =
    types.find(({ conditioner }) => conditioner === name) ?? fail(where, `one of ${known.join(", ")}`, name);
  return type.build(read.object("config"), { random });
}
