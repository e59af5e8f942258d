import type { Tensor } from "../src/index.ts";
import * as ops from "../src/index.ts";
import { linear } from "./derivative-case-builders.ts";
import type { DerivativeCase } from "./derivative-check.ts";

/** Operations that only move numbers, or copy them. */
export const rearrangingCases: readonly DerivativeCase[] = [
  linear("reshape", (x) => ops.reshape(x!, [3, 2]), [2, 3]),
  linear("transpose", (x) => ops.transpose(x!, [2, 0, 1]), [2, 3, 2]),
  linear("concat", (x) => ops.tidy(() => ops.concat([x!, ops.mul(x!, 2)], 1)), [2, 3]),
  linear("split", (x) => ops.tidy(() => ops.sub(...(ops.split(x!, 2, 1) as [Tensor, Tensor]))), [2, 4]),
  linear("slice", (x) => ops.slice(x!, [0, 1], [2, 2]), [2, 4]),
  linear("stack", (x) => ops.tidy(() => ops.stack([x!, ops.mul(x!, 2)], 1)), [2, 3]),
  linear("unstack", (x) => ops.tidy(() => ops.sub(...(ops.unstack(x!, 0) as [Tensor, Tensor]))), [2, 3]),
  linear("expandDims", (x) => ops.expandDims(x!, 1), [2, 3]),
  linear("squeezeAxes", (x) => ops.squeezeAxes(x!, [1]), [2, 1, 3]),
  linear("reverse", (x) => ops.reverse(x!, [1]), [2, 3]),
  linear("tile", (x) => ops.tile(x!, [2, 3]), [2, 2]),
  linear("broadcastTo", (x) => ops.broadcastTo(x!, [2, 3]), [3]),
  linear(
    "pad",
    (x) =>
      ops.pad(x!, [
        [1, 0],
        [0, 2],
      ]),
    [2, 3],
  ),
  linear("spaceToDepth", (x) => ops.spaceToDepth(x!), [1, 2, 4, 2]),
  linear("spaceToDepth channel-major", (x) => ops.spaceToDepth(x!, "channel-major"), [1, 4, 2, 2]),
  linear("depthToSpace", (x) => ops.depthToSpace(x!), [1, 1, 2, 8]),
  linear("depthToSpace channel-major", (x) => ops.depthToSpace(x!, "channel-major"), [1, 2, 1, 8]),
  linear("permute", (x) => ops.permute(x!, [2, 0, 3, 1]), [2, 4]),
];
