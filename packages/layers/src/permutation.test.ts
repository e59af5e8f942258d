import { createRandom, tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { permutation } from "./permutation.ts";

const context = { random: createRandom(1), training: false } as const;

describe("permutation", () => {
  beforeAll(() => startBackend("wasm"));

  it("puts x[order[i]] at i", async () => {
    const x = tensor([[10, 11, 12]]);
    const layer = permutation({ inputShape: [3], order: [2, 0, 1] });
    expect([...(await layer.forward(x, context).data())]).toEqual([12, 10, 11]);
    const reversed = permutation({ inputShape: [3], order: "reverse" });
    expect([...(await reversed.forward(x, context).data())]).toEqual([12, 11, 10]);
  });

  it("draws a fixed order, the same for the same key", () => {
    const random = createRandom(4);
    const orders = [1, 2].map(() => permutation({ inputShape: [20], order: random }).config["order"]);
    expect(orders[0]).toEqual(orders[1]);
    expect(permutation({ inputShape: [20], order: random.fold(1) }).config["order"]).not.toEqual(orders[0]);
  });

  it("refuses an unknown kind of order", () => {
    const order = "forward" as "reverse";
    expect(() => permutation({ inputShape: [3], order })).toThrow(
      'permutation.order: expected "reverse", a list or a Random, received "forward"',
    );
  });

  it.each([[[0, 1]], [[0, 1, 1]], [[0, 1, 3]], [[0, 1, 1.5]]])("refuses %j for three channels", (order) => {
    expect(() => permutation({ inputShape: [3], order })).toThrow(
      "permutation.order: expected each of 0..2 once",
    );
  });
});
