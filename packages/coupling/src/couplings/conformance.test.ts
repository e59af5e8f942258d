import type { Bijection } from "@invertible/bijection";
import { createRandom } from "@invertible/ops";
import type { ActivationName } from "@invertible/ops";
import { describeBijection } from "@invertible/testing";
import type { DescribeOptions } from "@invertible/testing";
import {
  additiveCoupling,
  affineCoupling,
  conditionalAffine,
  convConditioner,
  couplingTypes,
  denseConditioner,
  rationalQuadraticCoupling,
  zeroConvConditioner,
} from "../index.ts";

const random = createRandom(5);
const dense = (activation: ActivationName) => denseConditioner({ hidden: [8, 8], random, activation });
const conv = (activation: ActivationName) => convConditioner({ width: 5, random, activation });
const [vector, image] = [[5], [3, 4, 4]];

const kinks =
  "finite differences do not converge across relu's kinks; the same network is checked with a smooth activation";

/** The couplings of this package, one line each. */
const table: [name: string, factory: () => Bijection][] = [
  ["affineCoupling, dense tanh", () => affineCoupling({ inputShape: vector, conditioner: dense("tanh") })],
  ["affineCoupling, dense relu", () => affineCoupling({ inputShape: [2], conditioner: dense("relu") })],
  [
    "affineCoupling, dense lipSwish, exp",
    () => affineCoupling({ inputShape: vector, conditioner: dense("lipSwish"), scale: "exp" }),
  ],
  [
    "affineCoupling, scale first",
    () =>
      affineCoupling({
        inputShape: vector,
        conditioner: dense("tanh"),
        order: "scale-first",
        passThrough: "second",
      }),
  ],
  [
    "affineCoupling, convolutions",
    () => affineCoupling({ inputShape: image, conditioner: conv("lipSwish") }),
  ],
  [
    "affineCoupling, split prior",
    () =>
      affineCoupling({
        inputShape: image,
        conditioner: zeroConvConditioner(),
        scale: "exp",
        order: "shift-first",
      }),
  ],
  ["affineCoupling, dense pairs", () => affineCoupling({ inputShape: [3], conditioner: dense("cLipSwish") })],
  [
    "affineCoupling, convolutions with pairs",
    () => affineCoupling({ inputShape: [2, 3, 2], conditioner: conv("cPila") }),
  ],
  [
    "affineCoupling, pixels of a checkerboard",
    () =>
      affineCoupling({
        inputShape: [4, 2, 1],
        conditioner: conv("tanh"),
        passThrough: "even-pixels",
        scale: "exp",
      }),
  ],
  [
    "additiveCoupling, pixels of a checkerboard",
    () => additiveCoupling({ inputShape: [2, 4, 3], conditioner: conv("tanh"), passThrough: "odd-pixels" }),
  ],
  ["additiveCoupling, dense", () => additiveCoupling({ inputShape: vector, conditioner: dense("tanh") })],
  [
    "additiveCoupling, convolutions",
    () => additiveCoupling({ inputShape: image, conditioner: conv("tanh"), passThrough: "second" }),
  ],
];

/** Log-slopes of splines have kinks at the knots. */
const splines: [name: string, factory: () => Bijection, options?: DescribeOptions][] = [
  [
    "rationalQuadraticCoupling, dense",
    () => rationalQuadraticCoupling({ inputShape: vector, conditioner: dense("tanh") }),
  ],
  [
    "rationalQuadraticCoupling, convolutions",
    () =>
      rationalQuadraticCoupling({
        inputShape: image,
        conditioner: conv("lipSwish"),
        bins: 3,
        bound: 2,
        passThrough: "second",
      }),
    { backends: ["wasm"] },
  ],
  [
    "rationalQuadraticCoupling, pixels of a checkerboard",
    () =>
      rationalQuadraticCoupling({
        inputShape: [2, 2, 2],
        conditioner: conv("tanh"),
        bins: 3,
        passThrough: "odd-pixels",
      }),
    { backends: ["wasm"] },
  ],
];

/** Every kind of coupling with a condition, one line each. */
const conditionFeatures = 2;
const conditional: typeof table = [
  [
    "affineCoupling, dense, conditional",
    () => affineCoupling({ inputShape: vector, conditioner: dense("tanh"), conditionFeatures }),
  ],
  [
    "affineCoupling, linear, conditional",
    () =>
      affineCoupling({
        inputShape: [2],
        conditioner: denseConditioner({ hidden: [], random }),
        passThrough: "second",
        scale: "exp",
        conditionFeatures,
      }),
  ],
  [
    "affineCoupling, convolutions, conditional",
    () => affineCoupling({ inputShape: image, conditioner: conv("lipSwish"), conditionFeatures }),
  ],
  [
    "affineCoupling, split prior, conditional",
    () =>
      affineCoupling({
        inputShape: image,
        conditioner: zeroConvConditioner(),
        scale: "exp",
        order: "shift-first",
        conditionFeatures,
      }),
  ],
  ["conditionalAffine, vectors", () => conditionalAffine({ inputShape: vector, conditionFeatures })],
  ["conditionalAffine, images", () => conditionalAffine({ inputShape: image, conditionFeatures })],
  [
    "additiveCoupling, dense, conditional",
    () => additiveCoupling({ inputShape: vector, conditioner: dense("tanh"), conditionFeatures }),
  ],
  [
    "additiveCoupling, convolutions, conditional",
    () =>
      additiveCoupling({
        inputShape: image,
        conditioner: conv("tanh"),
        passThrough: "second",
        conditionFeatures,
      }),
  ],
];
const conditionalSpline = () =>
  rationalQuadraticCoupling({ inputShape: vector, conditioner: dense("tanh"), conditionFeatures });

const given: DescribeOptions = {
  types: couplingTypes,
  condition: (batch, key) => key.normal([batch, conditionFeatures]),
  // The operations are those of the lines above.
  backends: ["wasm"],
};
for (const [name, factory] of conditional) describeBijection(name, factory, given);
describeBijection("rationalQuadraticCoupling, dense, conditional", conditionalSpline, {
  ...given,
  smooth: false,
});
for (const [name, factory, options] of splines)
  describeBijection(name, factory, { types: couplingTypes, smooth: false, ...options });
for (const [name, factory] of table) describeBijection(name, factory, { types: couplingTypes });
describeBijection(
  "affineCoupling, convolutions with relu",
  () => affineCoupling({ inputShape: image, conditioner: conv("relu") }),
  { types: couplingTypes, skip: { gradients: kinks, "inverse gradients": kinks } },
);
