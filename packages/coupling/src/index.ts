export { additiveCoupling } from "./additive-coupling.ts";
export { affineCoupling, affineOrders } from "./affine-coupling.ts";
export type { AffineCouplingOptions } from "./affine-coupling.ts";
export { affineScales } from "./affine-scale.ts";
export type { AffineScaleOptions } from "./affine-scale.ts";
export { autoregressiveAffine } from "./autoregressive-affine.ts";
export type { AutoregressiveAffineOptions } from "./autoregressive-affine.ts";
export { autoregressiveConnections } from "./autoregressive-connections.ts";
export type {
  AutoregressiveConnections,
  AutoregressiveConnectionsOptions,
} from "./autoregressive-connections.ts";
export type { Conditioner, ConditionerBuilder, ConditionerShapes, ConditionerType } from "./conditioner.ts";
export { convConditioner, zeroConvConditioner } from "./conv-conditioner.ts";
export type { ConvConditionerOptions } from "./conv-conditioner.ts";
export { conditionerTypes, couplingTypes, couplingTypesWith } from "./coupling-types.ts";
export type { CouplingOptions } from "./define-coupling.ts";
export { denseConditioner } from "./dense-conditioner.ts";
export type { DenseConditionerOptions } from "./dense-conditioner.ts";
export { rationalQuadraticCoupling } from "./rational-quadratic-coupling.ts";
export type { RationalQuadraticCouplingOptions } from "./rational-quadratic-coupling.ts";
