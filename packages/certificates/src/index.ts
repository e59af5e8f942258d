export { certifyOperator } from "./certify-operator.ts";
export type { OperatorCertificate } from "./certify-operator.ts";
export { dualExponent } from "./norms.ts";
export type { Norms, VectorNorm } from "./norms.ts";
export type { OperatorWeights, WeightArray } from "./operator-weights.ts";
