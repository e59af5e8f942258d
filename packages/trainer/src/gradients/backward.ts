/**
 * What a training step remembers between evaluating the flow and differentiating it. All choices give the same gradients up to
 * rounding; they trade time for memory.
 *
 * - "whole" keeps everything, on one tape. It is the fastest.
 * - "checkpointed" keeps the input of every layer, and evaluates each layer again for its gradient. Memory: the tape of one
 *   layer, and one activation for each layer.
 * - "reversible" keeps only the output, and recomputes inputs by inverting the layers. Memory does not grow with depth. Layers
 *   that cannot return their input keep it: dequantisation, batch norm, and layers without an inverse. The error of iterative inverses
 *   enters the gradients. It is at most 1e-5 max(1, |y|) for each iterative layer, or what rounding leaves. Iterative inverses
 *   read numbers back.
 *
 * Composites are opened, so that a layer is never a composite. A part that runs backwards counts as one layer.
 *
 * @see Chen, Xu, Zhang, Guestrin (2016), arXiv:1604.06174; Gomez, Ren, Urtasun, Grosse (2017), arXiv:1707.04585
 */
export type Backward = "whole" | "checkpointed" | "reversible";

/** The three choices. */
export const backwards: readonly Backward[] = ["whole", "checkpointed", "reversible"];
