import { certify, chain, solveInverse } from "@invertible/bijection";
import type { Call, SolveCall } from "@invertible/bijection";
import { exactLogDet } from "@invertible/log-det";
import {
  concat,
  createRandom,
  dispose,
  gatherRows,
  gradients,
  memory,
  mul,
  slice,
  tensor,
  tidy,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import {
  bottleneckBranch,
  denseBranch,
  denseNetBranch,
  implicitBlock,
  monotoneBlock,
  residualBlock,
} from "../index.ts";
import type { ContractiveBranch } from "../index.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(111);
const context: Call = { random, training: false };
const solving: SolveCall = { random, training: false };
const conditionFeatures = 2;
const shared = { activation: "lipSwish", coefficient: 0.9, conditionFeatures, random } as const;
const dense = (key = "") =>
  denseBranch({ ...shared, features: 3, hidden: [6], preactivation: true, random: random.fold(key) });

const branches: [string, () => ContractiveBranch][] = [
  ["denseBranch", () => dense()],
  [
    "bottleneckBranch",
    () => bottleneckBranch({ ...shared, inputShape: [3, 3, 2], hidden: 4, preactivation: false }),
  ],
  ["denseNetBranch", () => denseNetBranch({ ...shared, inputShape: [3], layers: 2, growth: 4 })],
];

describe.each(branches)("a conditional %s", (_, build) => {
  it("shifts each example's layers by its own condition, and contracts in x alone", async () => {
    const branch = build();
    const x = random.fold("x").normal([4, ...branch.inputShape]);
    // The condition is large, since it may move g as far as it likes.
    const condition = mul(random.fold("c").normal([4, conditionFeatures]), 50) as Tensor;
    const [together, apart, moved] = tidy(() => {
      const rows = [0, 1, 2, 3].map((row) =>
        branch.bind(gatherRows(condition, [row])).value(gatherRows(x, [row])),
      );
      const unconditioned = branch.bind(mul(condition, 0) as Tensor).value(x);
      const all = branch.bind(condition).value(x);
      return [all, concat(rows, 0), all.sub(unconditioned) as Tensor] as const;
    });
    const [a, b] = [await together.data(), await apart.data()];
    a.forEach((value, i) =>
      expect(Math.abs(value - b[i]!)).toBeLessThan(1e-5 * Math.max(1, Math.abs(value))),
    );
    expect(Math.max(...(await moved.abs().data()))).toBeGreaterThan(1);
    expect((await branch.certify()).lipschitz).toBeLessThan(1);
  });

  it.each<[string, () => Tensor | undefined, string]>([
    [
      "no condition",
      () => undefined,
      "bind: condition: expected a tensor [B, 2] from call.condition, received undefined",
    ],
    ["one of another size", () => tensor([[1, 2, 3]]), "bind: condition: expected [B, 2], received [1, 3]"],
  ])("refuses %s", (_, condition, message) => {
    const branch = build();
    const given = condition();
    const before = memory().numTensors;
    expect(() => branch.bind(given)).toThrow(message);
    expect(memory().numTensors).toBe(before);
  });
});

it("a branch without conditions refuses one", () => {
  const branch = denseBranch({
    ...shared,
    conditionFeatures: 0,
    features: 3,
    hidden: [6],
    preactivation: true,
  });
  expect(() => branch.bind(tensor([[1, 2]]))).toThrow(
    "bind: condition: expected none, because this branch has conditionFeatures = 0, received",
  );
});

const blocks: [string, () => ReturnType<typeof residualBlock>][] = [
  ["residualBlock", () => residualBlock({ branch: dense(), logDet: exactLogDet() })],
  ["monotoneBlock", () => monotoneBlock({ branch: dense(), logDet: exactLogDet() })],
  [
    "implicitBlock",
    () => implicitBlock({ inputBranch: dense("x"), outputBranch: dense("z"), logDet: exactLogDet() }),
  ],
];

describe.each(blocks)("a conditional %s", (name, build) => {
  it("is inverted row by row under each row's own condition, even where rows finish at different times", async () => {
    const block = build();
    const rows = 24;
    // The rows range from trivial to hard. The solver drops rows from the batch as they finish, and their conditions with them.
    const scales = tensor(Array.from({ length: rows }, (_, i) => [10 ** (i % 4 === 0 ? 2 : -(i % 7))]));
    const x = mul(random.fold("x").normal([rows, 3]), scales) as Tensor;
    const condition = mul(random.fold("c").normal([rows, conditionFeatures]), 3) as Tensor;
    const y = block.forward(x, { ...context, condition });
    const sizes = await y.square().sum(1).sqrt().data();
    const { inverse } = await certify(block);
    for (const method of ["banach", "anderson", "broyden"] as const) {
      const solved = await solveInverse(block, y, { ...solving, condition, method });
      const errors = await solved.x.sub(x).square().sum(1).sqrt().data();
      const counts = solved.evidence[0]!.rows.map(({ iterations }) => iterations);
      expect(new Set(counts).size).toBeGreaterThan(1);
      solved.evidence[0]!.rows.forEach(({ errorBound }, row) => {
        // y is the image of x up to a few roundings, which the inverse may stretch.
        const rounding = inverse * 2 ** -22 * (sizes[row]! + 10);
        expect(errors[row], `${method}, row ${row}`).toBeLessThan(errorBound + rounding);
      });
      dispose(solved.x);
    }
    const alone = await solveInverse(block, slice(y, [5, 0], [1, 3]), {
      ...solving,
      condition: gatherRows(condition, [5]),
    });
    const [one, whole] = [await alone.x.data(), await slice(x, [5, 0], [1, 3]).data()];
    one.forEach((value, i) => expect(Math.abs(value - whole[i]!)).toBeLessThan(2e-5));
  });

  it.each<[string, () => Tensor | undefined, string]>([
    ["no condition", () => undefined, "call.condition: expected a tensor [B, 2], received undefined"],
    [
      "a condition of another size",
      () => tensor([[1], [2]]),
      "call.condition: expected [B, 2], received [2, 1]",
    ],
    [
      "a condition for another batch",
      () =>
        tensor([
          [1, 2],
          [3, 4],
          [5, 6],
        ]),
      "call.condition: expected [2, 2], or one row for all examples, received [3, 2]",
    ],
  ])("refuses %s in every direction, and leaks nothing", async (_, condition, message) => {
    const block = build();
    const at = random.normal([2, 3]);
    const given = condition();
    const asked = { random, training: false, trace: { path: "4.inner" }, ...(given && { condition: given }) };
    const before = memory().numTensors;
    const place = `${name} (4.inner)`;
    expect(() => block.forwardAndLogDet(at, asked)).toThrow(`${place}.forward: ${message}`);
    expect(() => block.inverseAndLogDet(at, asked)).toThrow(`${place}.inverse: ${message}`);
    await expect(solveInverse(block, at, asked)).rejects.toThrow(`${place}.solveInverse: ${message}`);
    expect(memory().numTensors).toBe(before);
  });
});

describe.each(blocks)("a condition of one row, %s", (_, build) => {
  it("holds for the whole batch, in every direction and in its gradient, and leaves nothing behind", async () => {
    const block = build();
    const x = random.fold("x").normal([5, 3]);
    const row = tensor([[0.7, -1.3]]);
    const repeated = tidy(() => concat([row, row, row, row, row], 0));
    const before = memory().numTensors;
    const y = block.forward(x, { ...context, condition: repeated });
    for (const direction of ["forwardAndLogDet", "inverseAndLogDet"] as const) {
      const [one, each] = [row, repeated].map((condition) =>
        Object.values(block[direction](direction === "forwardAndLogDet" ? x : y, { ...context, condition })),
      );
      for (const i of [0, 1]) expect(await one![i]!.data()).toEqual(await each![i]!.data());
      dispose([...one!, ...each!]);
    }
    const solved = await solveInverse(block, y, { ...solving, condition: row });
    const errors = tidy(() => solved.x.sub(x).abs());
    expect(Math.max(...(await errors.data()))).toBeLessThan(2e-5);
    dispose([y, solved.x, errors]);
    expect(memory().numTensors).toBe(before);
    const gradientAt = (condition: Tensor) =>
      gradients((c) => block.forward(x, { ...context, condition: c! }), [condition], x)[0]!;
    const [ofRow, ofEach] = [gradientAt(row), gradientAt(repeated)];
    const summed = tidy(() => ofEach.sum(0, true));
    const [a, b] = [await ofRow.data(), await summed.data()];
    a.forEach((value, i) =>
      expect(Math.abs(value - b[i]!)).toBeLessThan(1e-5 * Math.max(1, Math.abs(b[i]!))),
    );
    dispose([ofRow, ofEach, summed]);
    expect(memory().numTensors).toBe(before);
  });
});

it("a block without conditions in a chain leaves the condition to the other blocks", async () => {
  const plain = residualBlock({
    branch: denseBranch({ ...shared, conditionFeatures: 0, features: 3, hidden: [4], preactivation: true }),
    logDet: exactLogDet(),
  });
  const flow = chain([plain, residualBlock({ branch: dense(), logDet: exactLogDet() })]);
  const x = random.normal([3, 3]);
  const condition = random.fold("c").normal([3, 2]);
  const y = flow.forward(x, { ...context, condition });
  const back = await solveInverse(flow, y, { ...solving, condition });
  expect(Math.max(...(await back.x.sub(x).abs().data()))).toBeLessThan(3e-5);
});
