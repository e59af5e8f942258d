import { defineBijection, knownBounds } from "@invertible/bijection";
import type { Bijection, LayerType } from "@invertible/bijection";
import {
  add,
  concat,
  cos,
  exp,
  mul,
  neg,
  roundUp,
  scalar,
  sin,
  slice,
  square,
  sub,
  sum,
  tidy,
  variable,
  zeros,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";

/**
 * Turns every point of the plane about the origin, by an angle that depends on the distance r from there:
 *
 *     y = R(a) x,  a = turn + strength * exp(-r^2 / 2),  log|det dy/dx| = 0 nats.   x, y: [B, 2].
 *
 * A rotation keeps r, so the inverse finds the same angle and turns back. Both parameters start at 0, where the layer is the
 * identity.
 *
 * Lipschitz constants: the Jacobian is a rotation times a shear by s = strength * r^2 * exp(-r^2 / 2), and |s| is at most
 * 2 |strength| / e. A shear by s has the norm (|s| + sqrt(s^2 + 4)) / 2, and so has its inverse.
 */
export function twist(): Bijection {
  const [turn, strength] = tidy(() => [variable(scalar(0)), variable(scalar(0))] as const);
  const angle = (x: Tensor) => add(turn, mul(strength, exp(mul(sum(square(x), 1, true), -0.5))));
  const zeroLogDet = (x: Tensor) => () => zeros([x.shape[0]!]);
  return defineBijection({
    name: "twist",
    inputShape: [2],
    outputShape: [2],
    parameters: { turn, strength },
    config: {},
    forward: (x) => ({ y: rotate(x, angle(x)), logDet: zeroLogDet(x) }),
    inverse: (y) => ({ x: rotate(y, neg(angle(y))), logDet: zeroLogDet(y) }),
    lipschitz: knownBounds(async () => {
      const [value = 0] = await strength.data();
      const shear = (2 / Math.E) * Math.abs(value);
      // The margin covers the rounding of these few operations.
      const bound = roundUp(((shear + Math.sqrt(shear ** 2 + 4)) / 2) * (1 + 1e-14));
      return { forward: bound, inverse: bound };
    }),
  });
}

/** x [B, 2] turned by angles [B, 1]. */
function rotate(x: Tensor, angle: Tensor): Tensor {
  const [first, second] = [0, 1].map((i) => slice(x, [0, i], [x.shape[0]!, 1])) as [Tensor, Tensor];
  const [c, s] = [cos(angle), sin(angle)];
  return concat([sub(mul(c, first), mul(s, second)), add(mul(s, first), mul(c, second))], 1);
}

/** Lets `loadFlow` rebuild the layer. */
export const twistType: LayerType = { layer: "twist", build: () => twist() };
