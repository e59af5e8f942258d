export { additiveCoupling } from "./couplings/additive-coupling.ts";
export { affineCoupling, affineOrders } from "./couplings/affine-coupling.ts";
export type { AffineCouplingOptions } from "./couplings/affine-coupling.ts";
export { affineScales } from "./couplings/affine-scale.ts";
export type { AffineScaleOptions } from "./couplings/affine-scale.ts";
export { conditionalAffine } from "./couplings/conditional-affine.ts";
export type { ConditionalAffineOptions } from "./couplings/conditional-affine.ts";
export { autoregressiveAffine } from "./autoregressive/autoregressive-affine.ts";
export type { AutoregressiveAffineOptions } from "./autoregressive/autoregressive-affine.ts";
export { autoregressiveMixture } from "./autoregressive/autoregressive-mixture.ts";
export type { AutoregressiveMixtureOptions } from "./autoregressive/autoregressive-mixture.ts";
export { autoregressiveConnections } from "./autoregressive/autoregressive-connections.ts";
export type {
  AutoregressiveConnections,
  AutoregressiveConnectionsOptions,
} from "./autoregressive/autoregressive-connections.ts";
export type {
  Conditioner,
  ConditionerBuilder,
  ConditionerShapes,
  ConditionerType,
} from "./conditioners/conditioner.ts";
export { convConditioner, zeroConvConditioner } from "./conditioners/conv-conditioner.ts";
export type { ConvConditionerOptions } from "./conditioners/conv-conditioner.ts";
export { conditionerTypes, couplingTypes, couplingTypesWith } from "./couplings/coupling-types.ts";
export type { CouplingOptions } from "./couplings/define-coupling.ts";
export { denseConditioner } from "./conditioners/dense-conditioner.ts";
export type { DenseConditionerOptions } from "./conditioners/dense-conditioner.ts";
export { rationalQuadraticCoupling } from "./couplings/rational-quadratic-coupling.ts";
export type { RationalQuadraticCouplingOptions } from "./couplings/rational-quadratic-coupling.ts";
