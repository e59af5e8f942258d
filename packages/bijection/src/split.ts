import {
  ShapeError,
  checkShape,
  concat,
  dispose,
  fail,
  prefixed,
  reshape,
  sizeOf,
  slice,
  tidy,
} from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import type { Bijection, SolveContext, Solved, ValueContext } from "./bijection.ts";
import { childContext } from "./child-context.ts";
import { certifyParts } from "./composite.ts";
import { defineBijection } from "./define-bijection.ts";
import { describe } from "./layer-type.ts";

export interface SplitOptions {
  /** The last axis must be even: it is halved. */
  readonly inputShape: Shape;
  /** Which half of the last axis leaves; the other goes through `inner`. */
  readonly leaving: "first" | "second";
  /** Takes one half: [...inputShape without its last axis, channels / 2]. */
  readonly inner: Bijection;
}

/**
 * Multi-scale split: half of the channels leave as they are, the rest goes on through `inner`.
 *
 *     y = [flatten(leaving half), flatten(inner(other half))],  log|det| = that of inner.
 *
 * x [B, ...inputShape], y [B, D]. Parameters and state have the prefix "inner.". For a density of the leaving half
 * that depends on the other one, as Glow's split2d, put a coupling before the split.
 *
 * @throws ArgumentError for an odd last axis; ShapeError where `inner` does not take one half.
 * @see Dinh, Sohl-Dickstein, Bengio (2017), arXiv 1605.08803, section 3.6
 */
export function split({ inputShape, leaving, inner }: SplitOptions): Bijection {
  checkShape("split.inputShape", inputShape);
  if (leaving !== "first" && leaving !== "second") fail("split.leaving", `"first" or "second"`, leaving);
  const channels = inputShape.at(-1);
  if (channels === undefined || channels % 2 !== 0) fail("split.inputShape", "an even last axis", inputShape);
  const halfShape = [...inputShape.slice(0, -1), channels / 2];
  if (inner.inputShape.length !== halfShape.length || !halfShape.every((n, i) => n === inner.inputShape[i]))
    throw new ShapeError(
      `split -> ${inner.name}: expected [${halfShape.join(", ")}], received [${inner.inputShape.join(", ")}]`,
    );
  const [leavingSize, innerSize] = [sizeOf(halfShape), sizeOf(inner.outputShape)];

  const half = (x: Tensor, which: "first" | "second") =>
    slice(
      x,
      x.shape.map((_, axis) => (axis === x.rank - 1 && which === "second" ? channels / 2 : 0)),
      [x.shape[0]!, ...halfShape],
    );
  const stays = leaving === "first" ? "second" : "first";
  const staying = (x: Tensor) => half(x, stays);
  const innerOutput = (y: Tensor) =>
    reshape(slice(y, [0, leavingSize], [y.shape[0]!, innerSize]), [y.shape[0]!, ...inner.outputShape]);
  const combine = (x: Tensor, innerY: Tensor) => {
    const batch = x.shape[0]!;
    return concat([reshape(half(x, leaving), [batch, leavingSize]), reshape(innerY, [batch, innerSize])], 1);
  };
  const join = (y: Tensor, stayed: Tensor) => {
    const left = reshape(slice(y, [0, 0], [y.shape[0]!, leavingSize]), [y.shape[0]!, ...halfShape]);
    return concat(leaving === "first" ? [left, stayed] : [stayed, left], stayed.rank - 1);
  };

  const bijection = defineBijection({
    name: "split",
    inputShape,
    outputShape: [leavingSize + innerSize],
    // Only half of the inputs go through `inner`.
    traits: { ...inner.traits, levels: undefined },
    parameters: prefixed("inner", inner.parameters),
    state: prefixed("inner", inner.state),
    config: { inputShape: [...inputShape], leaving, inner: { ...describe(inner) } },
    forward(x, context) {
      const { y, logDet } = inner.forward(staying(x), childContext(context, "inner"));
      return { y: combine(x, y), logDet: () => logDet! };
    },
    inverse(y, context) {
      const { x: stayed, logDet } = inner.inverse(innerOutput(y), childContext(context, "inner"));
      return { x: join(y, stayed), logDet: () => logDet! };
    },
    async solveInverse(y: Tensor, context: SolveContext): Promise<Solved> {
      const start = tidy(() => innerOutput(y));
      try {
        const { x: stayed, evidence } = await inner.solveInverse(start, childContext(context, "inner"));
        const x = tidy(() => join(y, stayed));
        dispose(stayed);
        return { x, evidence };
      } finally {
        dispose(start);
      }
    },
    async initialise(x: Tensor, context: ValueContext): Promise<void> {
      const start = tidy(() => staying(x));
      try {
        await inner.initialise(start, childContext(context, "inner"));
      } finally {
        dispose(start);
      }
    },
    refresh: (options) => inner.refresh(options),
    async certify() {
      const { forward, inverse, layers } = await certifyParts([inner], ["inner"]);
      // The leaving half is an identity beside `inner`: the larger constant is that of both.
      return { forward: Math.max(1, forward), inverse: Math.max(1, inverse), layers };
    },
    enforce: () => inner.enforce(),
  });
  partsOf.set(bijection, Object.freeze({ inner, staying, combine, innerOutput, join }));
  return bijection;
}

/**
 * A split taken apart, for code that goes through it part by part, with the key "inner" for the context of `inner`. The four
 * maps only move numbers: what they do to values they do to gradients, `join` being the inverse and the transpose of `combine`.
 */
export interface SplitParts {
  readonly inner: Bijection;
  /** x [B, ...inputShape] -> the half that goes through `inner`. */
  staying(x: Tensor): Tensor;
  /** The leaving half of x, and the output of `inner` -> y [B, D]. */
  combine(x: Tensor, innerY: Tensor): Tensor;
  /** y [B, D] -> the output of `inner` in it. */
  innerOutput(y: Tensor): Tensor;
  /** The leaving half in y, and the half that `inner` was given -> x. */
  join(y: Tensor, stayed: Tensor): Tensor;
}

const partsOf = new WeakMap<Bijection, SplitParts>();

/** The parts of a split; undefined for any other bijection. */
export function splitParts(bijection: Bijection): SplitParts | undefined {
  return partsOf.get(bijection);
}
