import {
  abs,
  add,
  cast,
  clipByValue,
  div,
  greater,
  mul,
  neg,
  replaceGradient,
  sign,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { altered } from "../sound/altered.ts";
import { solving } from "../sound/solving.ts";
import type { Mutant } from "../mutant.ts";

/** 1 where |x| is beyond the limit, else 0. */
const beyond = (x: Tensor, limit: number): Tensor => cast(greater(abs(x), limit), "float32");
const near = (x: Tensor, limit: number): Tensor => sub(1, beyond(x, limit));

/** Defects far out and at single points, where no typical input comes. */
export const tailMutants: readonly Mutant[] = [
  {
    defect: "the log-det is that of the clipped input",
    law: "log-det",
    says: "forward at a hard input",
    factory: altered((sound) => ({
      forward(x, call) {
        const { y } = sound.forward(x, call);
        return { y, logDet: () => sound.logDet(mul(sound.firstOfX(x), near(sound.firstOfX(x), 6))) };
      },
    })),
  },
  {
    defect: "the inverse's log-det is wrong beyond 8",
    law: "inverse log-det",
    says: "inverse at a hard input",
    factory: altered((sound) => ({
      inverse(y, call) {
        const { x, logDet } = sound.inverse(y, call);
        return { x, logDet: () => add(logDet(), mul(0.1, sum(beyond(y, 8), 1))) };
      },
    })),
  },
  {
    defect: "the log-det is NaN at exactly 0",
    law: "log-det",
    says: "forward's log-det at hard inputs: expected finite numbers, received NaN",
    factory: altered((sound) => ({
      forward(x, call) {
        const { y, logDet } = sound.forward(x, call);
        return { y, logDet: () => add(logDet(), sum(sub(div(x, x), 1), 1)) };
      },
    })),
  },
  {
    defect: "the gradient is NaN at exactly 0",
    law: "log-det",
    says: "forward's log|det| by the Jacobian at hard inputs: expected finite numbers",
    factory: altered((sound) => ({
      forward: (x, call) => sound.forward(mul(stopGradient(sign(add(sign(x), 0.5))), sqrt(square(x))), call),
    })),
  },
  {
    defect: "the gradient in the input is zero beyond 6",
    law: "log-det",
    says: "forward's log|det| by the Jacobian at hard inputs: expected finite numbers, received -Infinity",
    factory: altered((sound) => ({
      forward: (x, call) =>
        sound.forward(
          replaceGradient(x, (dy, at) => mul(dy, near(at, 6))),
          call,
        ),
    })),
  },
  {
    defect: "examples beyond 5 give a parameter no gradient",
    law: "gradients",
    says: "hard inputs",
    factory: altered((sound) => ({
      forward(x, call) {
        const { y, logDet } = sound.forward(x, call);
        const still = stopGradient(sound.forward(stopGradient(x), call).y);
        const moving = sub(y, stopGradient(y));
        return { y: add(still, mul(moving, near(x, 5))), logDet };
      },
    })),
  },
  {
    defect: "the inverse's gradient is doubled beyond 6",
    law: "inverse gradients",
    says: "hard inputs",
    factory: altered((sound) => ({
      inverse: (y, call) => {
        const { x } = sound.inverse(
          replaceGradient(y, (dy, at) => mul(dy, add(1, beyond(at, 6)))),
          call,
        );
        return { x, logDet: sound.inverse(y, call).logDet };
      },
    })),
  },
  {
    defect: "forward clips far inputs",
    law: "round trip",
    says: "inverse(forward(x)), tail",
    factory: altered((sound) => ({ forward: (x, call) => sound.forward(clipByValue(x, -12, 12), call) })),
  },
  {
    defect: "the error bound is too small far out",
    law: "iteration cap",
    says: "expected an error within the bound",
    factory: solving((solve) => async (y, call, options) => {
      const { x, evidence } = await solve(y, call, options);
      const largest = Array.from(await y.data()).map(Math.abs);
      const factor = (row: number) => (Math.max(...largest.slice(3 * row, 3 * row + 3)) > 8 ? 0.05 : 1);
      return {
        x,
        evidence: evidence.map((entry) => {
          const rows = entry.rows.map((row, i) => ({ ...row, errorBound: row.errorBound * factor(i) }));
          return { ...entry, rows, errorBound: Math.max(...rows.map((row) => row.errorBound)) };
        }),
      };
    }),
  },
  {
    defect: "the inverse of far values forgets a sign",
    law: "inverse round trip",
    says: "forward(inverse(y)), tail",
    factory: altered((sound) => ({
      inverse(y, call) {
        const { x, logDet } = sound.inverse(y, call);
        return { x: add(mul(x, near(x, 9)), mul(neg(x), beyond(x, 9))), logDet };
      },
    })),
  },
];
