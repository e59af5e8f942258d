import { ShapeError, checkShape, fail } from "@invertible/errors";
import { concat, reshape, sizeOf, slice } from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import type { Bijection } from "../bijection.ts";
import { readConfig } from "../saving/read-config.ts";
import { describeLayer } from "../saving/layer-type.ts";
import type { LayerType } from "../saving/layer-type.ts";
import { defineComposite } from "./define-composite.ts";

export interface FactorOutOptions {
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
export function factorOut({ inputShape, leaving, inner }: FactorOutOptions): Bijection {
  checkShape("factorOut.inputShape", inputShape);
  if (leaving !== "first" && leaving !== "second") fail("factorOut.leaving", `"first" or "second"`, leaving);
  const channels = inputShape.at(-1);
  if (channels === undefined || channels % 2 !== 0)
    fail("factorOut.inputShape", "an even last axis", inputShape);
  const halfShape = [...inputShape.slice(0, -1), channels / 2];
  if (inner.inputShape.length !== halfShape.length || !halfShape.every((n, i) => n === inner.inputShape[i]))
    throw new ShapeError(
      `factorOut -> ${inner.name}: expected [${halfShape.join(", ")}], received [${inner.inputShape.join(", ")}]`,
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

  return defineComposite({
    name: "factorOut",
    inputShape,
    outputShape: [leavingSize + innerSize],
    parts: [
      {
        key: "inner",
        bijection: inner,
        embedding: { take: staying, put: combine, takeResult: innerOutput, putBack: join },
      },
    ],
    config: { inputShape: [...inputShape], leaving, inner: { ...describeLayer(inner) } },
  });
}

export const factorOutType: LayerType = {
  layer: "factorOut",
  build(config, { rebuild }) {
    const read = readConfig("factorOut", config);
    return factorOut({
      inputShape: read.shape("inputShape"),
      leaving: read.choice("leaving", ["first", "second"]),
      inner: rebuild(read.description("inner")),
    });
  },
};
