import {
  add,
  concat,
  dispose,
  mean,
  mul,
  onesLike,
  replaceGradient,
  reshape,
  slice,
  tensor,
  tidy,
  zeros,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { altered } from "../sound/altered.ts";
import { solving } from "../sound/solving.ts";
import type { Mutant } from "../mutant.ts";

const sizeOfBatch = (x: Tensor): number => x.shape[0]!;

/** x, each row multiplied by a factor of its own. */
function scaled(x: Tensor, factor: (row: number, batch: number) => number): Tensor {
  const batch = sizeOfBatch(x);
  return mul(x, reshape(tensor(Array.from({ length: batch }, (_, row) => factor(row, batch))), [batch, 1]));
}

/** The same factors before forward and, taken back, after the inverse. */
function scaledRows(factor: (row: number, batch: number) => number): Mutant["factory"] {
  return altered((sound) => ({
    forward: (x, call) => sound.forward(scaled(x, factor), call),
    inverse(y, call) {
      const { x, logDet } = sound.inverse(y, call);
      return { x: scaled(x, (row, batch) => 1 / factor(row, batch)), logDet };
    },
  }));
}

const says = "of one example: expected the same in a batch of";

/** Defects that depend on how many examples there are, or on where one stands. */
export const batchMutants: readonly Mutant[] = [
  {
    defect: "one example alone has no log-det",
    law: "batch sizes",
    says,
    factory: altered((sound) => ({
      forward(x, call) {
        const { y, logDet } = sound.forward(x, call);
        return { y, logDet: sizeOfBatch(x) === 1 ? () => zeros([1]) : logDet };
      },
    })),
  },
  {
    defect: "the last of an odd number of examples is scaled",
    law: "batch sizes",
    says,
    factory: scaledRows((row, batch) => (batch % 2 === 1 && row === batch - 1 ? 1.5 : 1)),
  },
  {
    defect: "examples beyond the 128th are scaled",
    law: "batch sizes",
    says,
    factory: scaledRows((row) => (row >= 128 ? 1.5 : 1)),
  },
  {
    defect: "batches above 128 share their mean log-det",
    law: "batch sizes",
    says: "forward's log-det of one example",
    factory: altered((sound) => ({
      forward(x, call) {
        const { y, logDet } = sound.forward(x, call);
        const shared = () => mul(onesLike(logDet()), mean(logDet()));
        return { y, logDet: sizeOfBatch(x) > 128 ? shared : logDet };
      },
    })),
  },
  {
    defect: "in batches above 128 the gradient is that of the mean example",
    law: "batch sizes",
    says: "forward's gradient in the input of one example",
    factory: altered((sound) => ({
      forward(x, call) {
        const { y, logDet } = sound.forward(x, call);
        const mixed = (dy: Tensor) => mul(onesLike(dy), mean(dy, 0, true));
        return { y: sizeOfBatch(x) > 128 ? replaceGradient(y, mixed) : y, logDet };
      },
    })),
  },
  {
    defect: "a large batch changes what small ones give later",
    law: "batch sizes",
    says,
    factory: altered((sound) => {
      let largest = 0;
      return {
        forward(x, call) {
          largest = Math.max(largest, sizeOfBatch(x));
          return sound.forward(largest > 128 && sizeOfBatch(x) < 128 ? mul(x, 1.01) : x, call);
        },
      };
    }),
  },
  {
    defect: "an example is moved by its neighbour",
    law: "independent examples",
    says: "forward's value: expected the same alone and among others",
    factory: altered((sound) => ({
      forward(x, call) {
        const batch = sizeOfBatch(x);
        const next = concat([slice(x, [1 % batch, 0], [batch - 1, 4]), slice(x, [0, 0], [1, 4])], 0);
        return sound.forward(add(x, mul(next, 1e-3)), call);
      },
    })),
  },
  {
    defect: "the solver leaves examples beyond the 32nd unsolved",
    law: "batch sizes",
    says: "solveInverse's x of one example",
    factory: solving((solve) => async (y, call, options) => {
      const solved = await solve(y, call, options);
      const batch = sizeOfBatch(y);
      if (batch <= 32) return solved;
      const x = tidy(() => concat([slice(solved.x, [0, 0], [32, 3]), slice(y, [32, 0], [batch - 32, 3])], 0));
      dispose(solved.x);
      return { ...solved, x };
    }),
  },
];
