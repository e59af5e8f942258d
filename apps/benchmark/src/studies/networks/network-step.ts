import type { Bijection } from "@invertible/bijection";
import type { Tensor } from "@invertible/ops";
import type { ContractiveBranch } from "@invertible/residual";

/** One layer of the network. */
export interface NetworkStep {
  readonly layer: Bijection;
  /** The g of a residual block x + g(x), to be called inside a `tidy`. Absent for other layers. */
  readonly g?: (x: Tensor) => Tensor;
  /** The same g where its norm is limited. */
  readonly branch?: ContractiveBranch;
}
