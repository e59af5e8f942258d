import { UnsupportedError } from "@invertible/errors";
import { expect, it } from "vitest";
import { chooseEngine } from "./choose-engine.ts";
import { UsageError } from "./usage-error.ts";

const absent = () =>
  Promise.reject(
    new UnsupportedError(
      'captured: expected the package "onnxruntime-node", received none; run: npm install onnxruntime-node',
    ),
  );

it("steps are captured on wasm where that works, and wherever it is asked for", async () => {
  expect(await chooseEngine({})).toEqual({ engine: "captured", note: undefined });
  expect(await chooseEngine({ backend: "cpu" })).toEqual({ engine: "eager", note: undefined });
  expect(await chooseEngine({ backend: "cpu", engine: "captured" })).toMatchObject({ engine: "captured" });
  expect(await chooseEngine({ engine: "eager" }, absent)).toEqual({ engine: "eager", note: undefined });
});

it("without the runtime steps are eager, which is said, or refused where captured ones were asked for", async () => {
  const { engine, note } = await chooseEngine({}, absent);
  expect(engine).toBe("eager");
  expect(note).toMatch(/^Training steps run on the wasm backend.*npm install onnxruntime-node$/);
  for (const given of [{ engine: "captured" as const }, { threads: 2 }])
    await expect(chooseEngine(given, absent)).rejects.toThrow(UsageError);
});
