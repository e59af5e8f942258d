import { ints } from "../onnx/graph.ts";
import type { Scope } from "./scope.ts";
import type { Use } from "../trace/recording.ts";

/** Images [N, H, W, C] as [N, C, H, W], which is how the convolutions of ONNX take them. */
export function images(scope: Scope, x: Use): string {
  const { graph } = scope;
  if (!scope.isChannelsFirst(x))
    return graph.add("Transpose", [scope.plain(x)], { perm: ints([0, 3, 1, 2]) });
  return graph.add("Transpose", [scope.channelsFirst(x)], { perm: ints([1, 0, 2, 3]) });
}

/** Places images that a convolution of ONNX left as [N, C, H, W]. */
export function placeImages(scope: Scope, output: Use, name: string): void {
  const channelsFirst = scope.graph.add("Transpose", [name], { perm: ints([1, 0, 2, 3]) });
  scope.place(output, channelsFirst, { channelsFirst: true });
}
