import { defineBijection, knownBounds, readConfig } from "@invertible/bijection";
import type { Bijection, LayerType } from "@invertible/bijection";
import { checkOptions, checkShape, fail } from "@invertible/errors";
import {
  add,
  exp,
  eye,
  inversePermutation,
  matMul,
  matrix64,
  mul,
  neg,
  newVariable,
  perExample,
  permute,
  reshape,
  stack,
  sum,
  tensor,
  transpose,
  unstack,
} from "@invertible/ops";
import type { Matrix64, Random, Shape, Tensor } from "@invertible/ops";
import { mixingBounds } from "./mixing-bounds.ts";
import { positionsOf } from "./positions-of.ts";
import { pluFactors, randomOrthogonal } from "./plu-factors.ts";
import type { PluFactors } from "./plu-factors.ts";
import { invertLowerTriangular } from "./triangular-inverse.ts";

/** Options of `invertibleConv1x1`. One of `random` and `matrix` gives the initial W. */
export type InvertibleConv1x1Options = {
  /** [H, W, C], [features] and so on. The last axis is mixed. */
  readonly inputShape: Shape;
} & (
  | { /** Key for a random orthogonal matrix. */ readonly random: Random; readonly matrix?: never }
  | { /** The initial matrix, [C, C] and invertible. */ readonly matrix: Matrix64; readonly random?: never }
);

/**
 * Learned mixing of the channels: y = W x at every position, with W [C, C]. log|det| = H * W * ln|det W| nats, where H * W is
 * the number of positions. x, y: [B, ...inputShape].
 *
 * W is stored as P L (U + diag(sign * exp(logScale))). The permutation P and the signs are fixed, L is unit lower and U
 * strictly upper triangular. So W stays invertible, and ln|det W| = sum(logScale). The single parameter `factors` packs L
 * below, logScale on, and U above its diagonal, as LAPACK's getrf does. All of its C^2 numbers are used. P and the signs are
 * part of the layer's description.
 *
 * The inverse is computed by tensor operations, without a readback, and is differentiable. Its error is that of float32 times
 * the condition numbers of L and U.
 *
 * The certificate bounds the norms of W and of W^-1 to about 1e-6. If the condition number of W is above about 10^14, the bound
 * of the inverse is Infinity.
 *
 * @throws ArgumentError for a matrix that is singular or does not fit.
 * @see Kingma, Dhariwal (2018), arXiv 1807.03039, section 3.2
 */
export function invertibleConv1x1(options: InvertibleConv1x1Options): Bijection {
  checkOptions("invertibleConv1x1", options, {
    inputShape: "required",
    random: "optional",
    matrix: "optional",
  });
  const { inputShape, random } = options;
  const channels = channelsOf(inputShape);
  const matrix = random === undefined ? options.matrix : randomOrthogonal(channels, random);
  if ((matrix as Matrix64 | undefined) === undefined)
    fail("invertibleConv1x1", "`random` or `matrix`", undefined);
  if (matrix.rows !== channels || matrix.columns !== channels)
    fail("invertibleConv1x1.matrix", `${channels} rows and columns`, [matrix.rows, matrix.columns]);
  const { packed, ...fixed } = pluFactors(matrix);
  return fromFactors(inputShape, { ...fixed, packed: () => packed });
}

interface Factors extends Omit<PluFactors, "packed"> {
  /** At the start. */
  packed(): Float64Array;
}

function fromFactors(inputShape: Shape, { order, signs, packed }: Factors): Bijection {
  const channels = channelsOf(inputShape);
  const toRows = inversePermutation(order);
  const factors = newVariable([channels, channels], () =>
    tensor(Float32Array.from(packed()), [channels, channels]),
  );
  const constant = (value: (row: number, column: number) => number) =>
    tensor(
      Float32Array.from({ length: channels ** 2 }, (_, at) =>
        value(Math.floor(at / channels), at % channels),
      ),
      [channels, channels],
    );

  /** The matrix with logScale on the diagonal and zero elsewhere. */
  const logScale = () => mul(factors, eye(channels));
  const logDet = () => mul(sum(logScale()), positionsOf(inputShape));
  const lower = () =>
    add(
      mul(
        factors,
        constant((row, column) => (row > column ? 1 : 0)),
      ),
      eye(channels),
    );
  const sign = () => constant((row, column) => (row === column ? signs[row]! : 0));
  const strictlyUpper = () =>
    mul(
      factors,
      constant((row, column) => (row < column ? 1 : 0)),
    );
  const upper = () => add(strictlyUpper(), mul(sign(), exp(logScale())));

  /** The transpose of W: y = x W^T. */
  const weight = () => permute(transpose(matMul(lower(), upper())), toRows);
  /** The transpose of W^-1, from the inverses of L and of U^T. Both are lower triangular and are inverted in one batch. */
  const inverseWeight = () => {
    const diagonal = mul(sign(), exp(neg(logScale())));
    const inverses = invertLowerTriangular(
      stack([lower(), transpose(upper())]),
      stack([eye(channels), diagonal]),
    );
    const [lowerInverse, upperInverse] = unstack(inverses);
    return transpose(permute(matMul(transpose(upperInverse!), lowerInverse!), toRows));
  };
  const apply = (x: Tensor, matrix: Tensor) => reshape(matMul(reshape(x, [-1, channels]), matrix), x.shape);

  return defineBijection({
    name: "invertibleConv1x1",
    inputShape,
    outputShape: inputShape,
    parameters: { factors },
    config: { inputShape: [...inputShape], order: [...order], signs: [...signs] },
    forward: (x) => ({ y: apply(x, weight()), logDet: () => perExample(x, logDet()) }),
    inverse: (y) => ({ x: apply(y, inverseWeight()), logDet: () => perExample(y, neg(logDet())) }),
    lipschitz: knownBounds(async () =>
      mixingBounds("invertibleConv1x1.certify", matrix64(channels, channels, await factors.data()), signs),
    ),
  });
}

function channelsOf(inputShape: Shape): number {
  checkShape("invertibleConv1x1.inputShape", inputShape);
  return inputShape.at(-1) ?? fail("invertibleConv1x1.inputShape", "at least one axis", inputShape);
}

/** Rebuilds an `invertibleConv1x1` from its configuration. */
export const invertibleConv1x1Type: LayerType = {
  layer: "invertibleConv1x1",
  build(config) {
    const read = readConfig("invertibleConv1x1", config);
    const inputShape = read.shape("inputShape");
    const channels = channelsOf(inputShape);
    const [order, signs] = [read.integers("order"), read.integers("signs")];
    if (order.length !== channels) fail("invertibleConv1x1.order", `${channels} indices`, order.length);
    if (signs.length !== channels || !signs.every((s) => s === 1 || s === -1))
      fail("invertibleConv1x1.signs", `${channels} numbers +1 or -1`, signs);
    return fromFactors(inputShape, { order, signs, packed: () => new Float64Array(channels ** 2) });
  },
};
