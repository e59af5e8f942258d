import { beforeAll, describe, expect, it } from "vitest";
import { startBackend } from "../backend/index.ts";
import { ShapeError } from "@invertible/errors";
import { tensor } from "../tensors/primitives.ts";
import { selectRows } from "./select-rows.ts";
import type { Tensor } from "../tensors/types.ts";

describe.each(["cpu", "wasm"] as const)("selectRows on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  it("takes whole rows, whatever the other rows hold, at every rank", async () => {
    const condition = tensor([true, false, true], [3], "bool") as Tensor;
    const a = [1, 2, NaN, Infinity, 5, 6];
    const b = [NaN, -2, -3, -4, NaN, NaN];
    for (const shape of [
      [3, 2],
      [3, 1, 2],
      [3, 2, 1, 1],
    ]) {
      const chosen = selectRows(condition, tensor(a, shape), tensor(b, shape));
      expect(chosen.shape).toEqual(shape);
      expect(Array.from(await chosen.data())).toEqual([1, 2, -3, -4, 5, 6]);
    }
    const single = selectRows(condition, tensor([1, 2, 3]), tensor([4, 5, 6]));
    expect(Array.from(await single.data())).toEqual([1, 5, 3]);
  });

  it("refuses a condition that is not one per row, and unequal shapes", () => {
    const condition = tensor([true, false], [2], "bool") as Tensor;
    const x = tensor([1, 2, 3], [3, 1]) as Tensor;
    expect(() => selectRows(condition, x, x)).toThrow(ShapeError);
    const y = tensor([1, 2], [2, 1]) as Tensor;
    expect(() => selectRows(condition, y, tensor([1, 2]))).toThrow("selectRows: expected condition [R]");
  });
});
