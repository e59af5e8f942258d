import { createRandom, tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { expectGolden, itMatchesGolden } from "../test-support/golden.ts";
import { squeeze } from "./squeeze.ts";

const context = { random: createRandom(1), training: false } as const;

describe("squeeze", () => {
  beforeAll(() => startBackend("wasm"));

  itMatchesGolden(
    "glow_pieces",
    "squeeze 2x2, channel orders of two peers",
    async ({ inputs, expected, tolerance }) => {
      const x = tensor(inputs["x"] as number[][][][]);
      const inputShape = x.shape.slice(1);
      const keys = {
        "space-major": "invertible_resnet_(dy*2+dx)*C+c",
        "channel-major": "rosinality_glow_c*4+dy*2+dx",
      } as const;
      for (const order of ["space-major", "channel-major"] as const) {
        const layer = squeeze({ inputShape, order });
        const y = layer.forward(x, context);
        expect(y.shape).toEqual([x.shape[0], ...layer.outputShape]);
        await expectGolden(y, expected[keys[order]], tolerance);
      }
    },
  );

  it("refuses shapes and orders that do not fit", () => {
    expect(() => squeeze({ inputShape: [3, 4, 1] })).toThrow(
      "squeeze.inputShape: expected even H and W, received [3,4,1]",
    );
    expect(() => squeeze({ inputShape: [4, 4] })).toThrow(
      "squeeze.inputShape: expected [H, W, C], received [4,4]",
    );
    expect(() => squeeze({ inputShape: [4, 4, 1], order: "rows" as "space-major" })).toThrow(
      "squeeze.order: expected",
    );
  });
});
