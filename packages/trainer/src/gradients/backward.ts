/**
 * What a training step remembers between evaluating the flow and differentiating it. The gradients are the same up to rounding.
 *
 * - "whole": everything, on one tape. The fastest.
 * - "checkpointed": the input of every layer, which is evaluated again for its gradient. Memory: one layer's tape, and one
 *   activation per layer.
 * - "reversible": the output alone; inputs are recomputed by the layers' inverses. Memory does not grow with depth. Layers that
 *   cannot give their input back (dequantisation, layers without inverse) keep it. Recomputed inputs carry the error of the
 *   inverse into the gradients: at most 1e-5 max(1, |y|) per iterative layer, or what rounding leaves. Iterative inverses read
 *   numbers back.
 *
 * Layers are the parts of nested chains and splits; what other composites hold counts as one layer.
 *
 * @see Chen, Xu, Zhang, Guestrin (2016), arXiv:1604.06174; Gomez, Ren, Urtasun, Grosse (2017), arXiv:1707.04585
 */
export type Backward = "whole" | "checkpointed" | "reversible";

export const backwards: readonly Backward[] = ["whole", "checkpointed", "reversible"];
