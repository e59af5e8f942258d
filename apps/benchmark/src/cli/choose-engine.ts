import { loadPackage } from "@invertible/errors";
import type { EngineName } from "../engine-names.ts";
import type { GivenOptions } from "./options.ts";
import { UsageError } from "./usage-error.ts";

/** Loads it in this process, which would not load TensorFlow.js for it. */
const loadRuntime = () =>
  loadPackage("captured", "onnxruntime-node", () => import("onnxruntime-node") as Promise<unknown>);

/** The engine of a new run. */
export interface ChosenEngine {
  readonly engine: EngineName;
  /** What the user should know of a choice that was made for them. */
  readonly note: string | undefined;
}

/**
 * The engine that was asked for, or else the faster one that works here.
 * @param prepare loads what captured steps need; replaced in tests
 * @throws UsageError where captured steps were asked for, and do not work here
 */
export async function chooseEngine(
  { engine, backend = "wasm", threads }: GivenOptions,
  prepare: () => Promise<unknown> = loadRuntime,
): Promise<ChosenEngine> {
  const wanted = engine === "captured" || threads !== undefined;
  if (engine === "eager" || (backend !== "wasm" && !wanted)) return { engine: "eager", note: undefined };
  try {
    await prepare();
    return { engine: "captured", note: undefined };
  } catch (error) {
    const { message } = error as Error;
    if (wanted) throw new UsageError(`--engine captured: ${message}`);
    return {
      engine: "eager",
      note: `Training steps run on the wasm backend, several times as slowly as they could. ${message}`,
    };
  }
}
