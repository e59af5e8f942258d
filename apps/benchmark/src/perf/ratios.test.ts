import { describe, expect, it } from "vitest";
import { describeRatios } from "./ratios.ts";

describe("describeRatios", () => {
  it("says of each ratio whether it is within its limit", () => {
    const ratios = [
      { what: "time of a to b", value: 0.65, limit: 0.65 },
      { what: "memory of a to b", value: 0.7, limit: 0.65 },
      { what: "time of nothing", value: NaN, limit: 0.65 },
    ];
    expect(describeRatios(ratios).split("\n")).toEqual([
      "ok      0.65, at most 0.65: time of a to b",
      "FAILED  0.70, at most 0.65: memory of a to b",
      "FAILED  NaN, at most 0.65: time of nothing",
    ]);
  });
});
