export { spread } from "./spread.ts";
export { stridedAdjoint } from "./strided-adjoint.ts";
