import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArgumentError, NonFiniteError } from "@invertible/errors";
import { disposeFlow, flowArchitecture } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { createRandom, dispose, fill, keep, memory, tensor, tidy } from "@invertible/ops";
import type { Random, Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { flows, movedFlow, relativeError } from "../../test-support/flows.ts";
import { openOnnxruntimeWeb } from "../../test-support/onnxruntime-web.ts";
import { readMetadata } from "../../test-support/read-metadata.ts";
import { exportOnnx } from "../index.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(23);

/** A key that draws what a file wants as its noise inputs, and remembers it in the order of the draws. */
function noiseOf(key: Random, drawn: Tensor[]): Random {
  const note = (draw: Tensor) => (drawn.push(keep(draw.clone())), draw);
  return {
    ...key,
    fold: (data) => noiseOf(key.fold(data), drawn),
    split: (count) => key.split(count).map((part) => noiseOf(part, drawn)),
    normal: (shape) => note(key.normal(shape)),
    uniform: (shape, low, high) => note(key.uniform(shape, low, high)),
    rademacher: (shape) => note(key.rademacher(shape)),
  };
}

/** The version of onnxruntime in Python, if it is there. */
const python = pythonRuntime();

function pythonRuntime(): string | undefined {
  const args = ["-c", "import onnxruntime, numpy; print(onnxruntime.__version__)"];
  try {
    return execFileSync("python3", args, { stdio: ["ignore", "pipe", "ignore"] }).toString();
  } catch {
    return undefined;
  }
}

describe("exportOnnx", () => {
  it.each(Object.entries(flows))(
    "gives the numbers of the flow in another runtime: %s",
    async (_, flowCase) => {
      const before = memory().numTensors;
      const flow = await movedFlow(flowCase);
      const { draw, conditionFeatures } = flowCase;
      const options = conditionFeatures === undefined ? {} : { conditionFeatures };
      const files = {
        logProb: await exportOnnx(flow, "logProb", options),
        latent: await exportOnnx(flow, "latent", options),
        inverse: await exportOnnx(flow, "inverse", options),
      };
      for (const [what, file] of Object.entries(files)) {
        expect(Buffer.from(file).includes("com.microsoft")).toBe(false);
        const model = await openOnnxruntimeWeb(file);
        for (const batch of [1, 3, 8]) {
          const key = random.fold(batch);
          const x = draw(batch, key);
          const condition = conditionFeatures && key.fold("c").normal([batch, conditionFeatures]);
          const drawn: Tensor[] = [];
          const call = { random: noiseOf(key, drawn), ...(condition && { condition }) };
          const z = flow.bijection.forward(x, { ...call, random: key });
          const given = what === "inverse" ? z : x;
          const expected = tidy(() =>
            what === "logProb"
              ? flow.logProb(x, call)
              : what === "latent"
                ? flow.bijection.forward(x, call)
                : flow.bijection.inverse(z, call),
          );
          const noise = Object.fromEntries(
            drawn
              .map((each, i) => [`noise.${i}`, each] as const)
              .filter(([name]) => model.inputNames.includes(name)),
          );
          const received = await model.run({
            [what === "inverse" ? "z" : "x"]: given,
            ...(condition && { condition }),
            ...noise,
          });
          expect(await relativeError(received, expected), `${what} of ${batch}`).toBeLessThan(1e-5);
          dispose([x, z, received, expected, ...drawn]);
          if (condition) dispose(condition);
        }
        await model.release();
      }
      disposeFlow(flow);
      expect(memory().numTensors).toBe(before);
    },
  );

  it("says in the metadata what the file is, and what noise it wants", async () => {
    const flow = await movedFlow(flows["imageIResNet"]!);
    const logProb = readMetadata(await exportOnnx(flow, "logProb"));
    expect(logProb).toMatchObject({
      ...{ format: "invertible-onnx", formatVersion: "1", what: "logProb", units: "nats", batchSize: "any" },
      ...{ architecture: flowArchitecture(flow), logDet: "biased", likelihood: "lower-bound" },
      ...{ logDetBias: String(flow.traits.logDetBias) },
    });
    expect(logProb["package"]).toMatch(/^@invertible\/capture \d+\.\d+\.\d+/);
    expect(JSON.parse(logProb["noise"]!)).toEqual([
      { name: "noise.0", distribution: "uniform", low: 0, high: 1, shape: ["batch", 4, 4, 2] },
      { name: "noise.1", distribution: "rademacher", shape: ["batch", 4, 4, 2] },
      { name: "noise.2", distribution: "rademacher", shape: ["batch", 2, 2, 8] },
    ]);
    expect(logProb).not.toHaveProperty("inverseSteps");

    await flow.refresh();
    const inverse = readMetadata(await exportOnnx(flow, "inverse", { batchSize: 2, inverseSteps: 7 }));
    expect(inverse).toMatchObject({ what: "inverse", batchSize: "2", noise: "[]" });
    expect(inverse).not.toHaveProperty("units");
    const steps = JSON.parse(inverse["inverseSteps"]!) as { path: string; layer: string; steps: number }[];
    expect(steps.map(({ layer, steps }) => [layer, steps])).toEqual([
      ["residualBlock", 7],
      ["residualBlock", 7],
    ]);
    const { layers } = JSON.parse(inverse["certificate"]!) as { layers: { path: string; inverse: number }[] };
    const certified = layers.find(({ path }) => path === steps[0]!.path);
    expect(certified!.inverse).toBeGreaterThan(1);
    expect(certified!.inverse).toBeLessThan(1.001 / (1 - 0.8 ** 3));
    disposeFlow(flow);
  });

  it("makes the steps that are asked for, for a batch of the size that is asked for", async () => {
    const flow = await movedFlow(flows["vectorIResNet"]!);
    const z = random.normal([4, 4]);
    const errorAfter = async (inverseSteps: number) => {
      const model = await openOnnxruntimeWeb(
        await exportOnnx(flow, "inverse", { inverseSteps, batchSize: 4 }),
      );
      const x = await model.run({ z });
      const back = flow.bijection.forward(x);
      const error = await relativeError(back, z);
      const other = random.normal([3, 4]);
      await expect(model.run({ z: other })).rejects.toThrow(/dimension/i);
      dispose([x, back, other]);
      await model.release();
      return error;
    };
    const errors = [await errorAfter(1), await errorAfter(3), await errorAfter(20)];
    expect(errors[0]).toBeGreaterThan(3 * errors[1]!);
    expect(errors[1]).toBeGreaterThan(3 * errors[2]!);
    expect(errors[2]).toBeLessThan(1e-5);
    disposeFlow(flow);
    dispose(z);
  });

  it("gives NaN for NaN, in that row only", async () => {
    const flow = await movedFlow(flows["vectorIResNet"]!);
    const model = await openOnnxruntimeWeb(await exportOnnx(flow, "logProb"));
    const x = tensor([0, NaN, 1, 2, 0, 0, 1, 2], [2, 4]);
    const [first, second] = await (await model.run({ x })).data();
    expect(first).toBeNaN();
    expect(Number.isFinite(second)).toBe(true);
    await model.release();
    disposeFlow(flow);
  });

  it("refuses what it cannot write, in words", async () => {
    const flow = await movedFlow(flows["vectorGlow"]!);
    const refused = (what: string, options: object, flowOf: Flow = flow) =>
      expect(exportOnnx(flowOf, what as "latent", options)).rejects;
    await refused("sample", {}).toThrow(
      new ArgumentError('exportOnnx what: expected one of logProb, latent, inverse, received "sample"'),
    );
    await refused("latent", { batchSize: 0 }).toThrow(/exportOnnx.batchSize: expected a positive integer/);
    await refused("latent", { batch: 3 }).toThrow(/batchSize/);
    await refused("latent", { conditionFeatures: 3 }).toThrow(/the flow uses no condition, received 3/);
    await refused("inverse", { inverseSteps: 3 }).toThrow(/no layer iterates in "inverse" of this flow/);
    const conditional = await movedFlow(flows["conditional i-ResNet"]!);
    await refused("logProb", {}, conditional).toThrow(/condition/);
    await refused("logProb", { inverseSteps: 3 }, conditional).toThrow(/no layer iterates in "logProb"/);
    const [variable] = Object.values(flow.parameters);
    variable!.assign(fill(variable!.shape, NaN));
    await refused("latent", {}).toThrow(NonFiniteError);
    disposeFlow(flow);
    await refused("latent", {}).toThrow(/flow in use/);
    disposeFlow(conditional);
  });

  it.skipIf(python === undefined)(
    `gives the numbers of the flow in Python${python === undefined ? " (SKIPPED: python3 cannot import onnxruntime)" : ""}`,
    async () => {
      const folder = await mkdtemp(join(tmpdir(), "export-onnx-"));
      try {
        const flow = await movedFlow(flows["imageGlow"]!);
        const file = join(folder, "log-prob.onnx");
        await writeFile(file, await exportOnnx(flow, "logProb"));
        const x = flows["imageGlow"]!.draw(3, random);
        const noise = random.uniform(x.shape);
        const given = Object.fromEntries(
          await Promise.all(
            Object.entries({ x, "noise.0": noise }).map(async ([name, each]) => [
              name,
              { data: [...(await each.data())], shape: each.shape },
            ]),
          ),
        ) as object;
        const output = execFileSync("python3", ["-c", program, file], { input: JSON.stringify(given) });
        const received = tensor(JSON.parse(output.toString()) as number[]);
        const expected = flow.logProb(x, { random: givingUniform(random, noise) });
        expect(await relativeError(received, expected)).toBeLessThan(1e-5);
        disposeFlow(flow);
        dispose([x, received, expected]);
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );
});

/** A key that gives these numbers wherever uniform ones are drawn. */
function givingUniform(key: Random, noise: Tensor): Random {
  return { ...key, fold: () => givingUniform(key, noise), uniform: () => noise };
}

const program = `
import json, sys
import numpy
import onnxruntime
given = json.load(sys.stdin)
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
feeds = {name: numpy.array(each["data"], "float32").reshape(each["shape"]) for name, each in given.items()}
print(json.dumps(session.run(None, feeds)[0].tolist()))
`;
