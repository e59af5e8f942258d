import { checkBetween, checkOptions, fail } from "@invertible/errors";
import { add, mul, sub } from "@invertible/ops";
import type { Optimizer } from "./optimizer.ts";

/** Options of `sgd`. */
export interface SgdOptions {
  /** The step size, before warm-up and schedule. Default 0.1. */
  readonly learningRate?: number;
  /** Decay of the velocity, in [0, 1). 0, the default, takes plain steps along the gradient. */
  readonly momentum?: number;
  /** Whether the gradient counts as if the velocity had been applied already (Nesterov). Needs momentum. Default false. */
  readonly nesterov?: boolean;
  /**
   * The factor of the parameters that is added to the gradient, which is the gradient of weightDecay |p|^2 / 2. Unlike that of
   * `adam`, it goes through the momentum. Default 0.
   */
  readonly weightDecay?: number;
}

/**
 * Makes stochastic gradient descent with momentum:
 *
 *     d = g + weightDecay p,   v <- momentum v + d
 *     p <- p - rate v,   or with Nesterov's momentum   p <- p - rate (d + momentum v)
 *
 * The rate multiplies the velocity when it is applied and is not part of it, as in PyTorch. So a schedule acts at once.
 *
 * @throws ArgumentError for an option out of range, and for Nesterov's form without momentum.
 * @see Sutskever, Martens, Dahl, Hinton (2013), On the importance of initialization and momentum in deep learning, section 2
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  checkOptions("sgd", options, {
    learningRate: "optional",
    momentum: "optional",
    nesterov: "optional",
    weightDecay: "optional",
  });
  const { learningRate = 0.1, momentum = 0, nesterov = false, weightDecay = 0 } = options;
  checkBetween("sgd.learningRate", learningRate, 0, Infinity);
  if (!(momentum >= 0 && momentum < 1)) fail("sgd.momentum", "a number in [0, 1)", momentum);
  if (typeof nesterov !== "boolean") fail("sgd.nesterov", "true or false", nesterov);
  if (nesterov && momentum === 0) fail("sgd.momentum", "a positive number, since nesterov is true", momentum);
  if (!(weightDecay >= 0 && weightDecay < Infinity))
    fail("sgd.weightDecay", "a number in [0, Infinity)", weightDecay);
  return Object.freeze({
    name: "sgd",
    learningRate,
    config: { learningRate, momentum, nesterov, weightDecay },
    slots: momentum === 0 ? [] : ["velocity"],
    scalars: (_, rate) => ({ rate }),
    update({ parameters, gradient, slots: [before], scalars: { rate } }) {
      const direction = weightDecay === 0 ? gradient : add(gradient, mul(parameters, weightDecay));
      if (before === undefined) return { parameters: sub(parameters, mul(direction, rate!)), slots: [] };
      const velocity = add(mul(before, momentum), direction);
      const change = nesterov ? add(direction, mul(velocity, momentum)) : velocity;
      return { parameters: sub(parameters, mul(change, rate!)), slots: [velocity] };
    },
  } satisfies Optimizer);
}
