import { checkBijection } from "../check-bijection.ts";
import { ShapeError, checkOptions, checkShape, fail } from "@invertible/errors";
import { concat, reshape, sizeOf, slice } from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import type { Bijection } from "../bijection.ts";
import { readConfig } from "../saving/read-config.ts";
import { describeLayer } from "../saving/layer-type.ts";
import type { LayerType } from "../saving/layer-type.ts";
import { defineComposite } from "./define-composite.ts";

/** Options of `factorOut`. */
export interface FactorOutOptions {
  /** Shape of one input. The last axis is halved, so it must be even. */
  readonly inputShape: Shape;
  /** Which half of the last axis leaves. The other half goes through `inner`. */
  readonly leaving: "first" | "second";
  /** The rest of the model, for the half that stays. Its input shape is `inputShape` with half the channels. */
  readonly inner: Bijection;
}

/**
 * Multi-scale architecture: half of the channels leave unchanged and become latents at once, the other half goes on through
 * `inner`.
 *
 *     y = [flatten(leaving half), flatten(inner(other half))],  log|det| = that of inner.
 *
 * x [B, ...inputShape], y [B, D]. Parameters and state have the prefix "inner.". Glow's split2d lets the density of the leaving
 * half depend on the other half. For that, put a coupling before `factorOut`.
 *
 * @throws ArgumentError for an odd last axis.
 * @throws ShapeError where `inner` does not take one half.
 * @see Dinh, Sohl-Dickstein, Bengio (2017), arXiv 1605.08803, section 3.6
 */
export function factorOut(options: FactorOutOptions): Bijection {
  checkOptions("factorOut", options, { inputShape: "required", leaving: "required", inner: "required" });
  const { inputShape, leaving, inner } = options;
  checkShape("factorOut.inputShape", inputShape);
  if (leaving !== "first" && leaving !== "second") fail("factorOut.leaving", `"first" or "second"`, leaving);
  checkBijection("factorOut.inner", inner);
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

/** Rebuilds a `factorOut` from its configuration. */
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
