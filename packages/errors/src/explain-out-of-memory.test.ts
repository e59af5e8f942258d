import { describe, expect, it } from "vitest";
import { OutOfMemoryError, explainOutOfMemory } from "./index.ts";

const call = { where: "flow.logProb", examples: () => 1_000_000, remedy: "split them" };

describe("explainOutOfMemory", () => {
  it.each([
    new OutOfMemoryError("wasm: expected 8 GB, received 4 GB"),
    new RangeError("Array buffer allocation failed"),
    new RangeError("Invalid typed array length: 8589934592"),
  ])("names the batch for %o", (error) => {
    const explained = explainOutOfMemory(error, call);
    expect(OutOfMemoryError.is(explained)).toBe(true);
    expect((explained as Error).message).toBe(
      `flow.logProb: expected a batch that fits into memory, received 1000000 examples (${error.message}); split them`,
    );
    expect((explained as Error).cause).toBe(error);
    // A message that names the call already is not wrapped again.
    expect(explainOutOfMemory(explained, call)).toBe(explained);
  });

  it.each([new RangeError("Invalid array length"), new TypeError("x is undefined"), "a text"])(
    "returns %o as it is, and does not ask for the number of examples",
    (error) => {
      const examples = () => {
        throw new Error("asked");
      };
      expect(explainOutOfMemory(error, { ...call, examples })).toBe(error);
    },
  );
});
