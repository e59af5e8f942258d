/** The Python code of docs/file-format.md reads saved models and computes what we compute. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeSafetensors, disposeFlow, saveFlow } from "@invertible/flow";
import { conv2d, createRandom, dispose, matMul, mul, sum, tidy } from "@invertible/ops";
import type { ActivationName, Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { imageIResNet, vectorIResNet } from "./index.ts";
import { correlated, started } from "../test-support/models.ts";

beforeAll(() => startBackend("wasm"));

const guide = readFileSync(new URL("../../../docs/file-format.md", import.meta.url), "utf8");
const [reader, forward, torch] = [...guide.matchAll(/^```py\n(.*?)^```$/gms)].map(([, code]) => code!);

const folder = mkdtempSync(join(tmpdir(), "interchange-"));
afterAll(() => rmSync(folder, { recursive: true }));

function python(code: string): { readonly ok: boolean; readonly output: string } {
  const script = join(folder, "script.py");
  writeFileSync(script, code);
  const { status, stdout, stderr, error } = spawnSync("python3", [script], { encoding: "utf8", cwd: folder });
  return { ok: status === 0, output: error ? String(error) : `${stdout}${stderr}` };
}

/** Why a test cannot run here, if it cannot. */
function missing(module: string): string | undefined {
  const { ok, output } = python(`import ${module}`);
  return ok ? undefined : `python3 cannot import ${module}: ${output.trim().split("\n").at(-1)}`;
}

const [noNumpy, noTorch] = [missing("numpy"), missing("numpy, torch")];
for (const reason of [noNumpy, noTorch]) if (reason) console.log(`not run: ${reason}`);

const random = createRandom(19);

/** Writes a model of which at least one cap is active, inputs, and what we make of them. */
async function written(
  blocks: number,
  hidden: readonly number[],
  activation: ActivationName,
  coefficient: number | readonly number[],
) {
  const data = correlated(random, 64);
  const built = vectorIResNet({ features: 2, blocks, hidden, activation, coefficient, random });
  const flow = await started(built, data, 0.3);
  writeFileSync(join(folder, "model.safetensors"), await saveFlow(flow));
  const [v, u] = ["input", "output"].map((end) => flow.state[`bijection.1.0.${end}SingularVector`]!);
  const sigma = tidy(() => sum(mul(matMul(v!, flow.parameters["bijection.1.0.weight"]!), u!)) as Tensor);
  expect((await sigma.data())[0]).toBeGreaterThan(1);
  const y = flow.bijection.forward(data);
  const [inputs, outputs] = [Float32Array.from(await data.data()), Float32Array.from(await y.data())];
  writeFileSync(join(folder, "x.f32"), inputs);
  dispose([data, y, sigma]);
  disposeFlow(flow);
  return outputs;
}

function expectClose(file: string, expected: Float32Array): void {
  const bytes = readFileSync(join(folder, file));
  const received = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  expect(received.length).toBe(expected.length);
  let worst = 0;
  // Float32 in sums of at most 16 terms, through at most three blocks.
  received.forEach((value, i) => {
    worst = Math.max(worst, Math.abs(value - expected[i]!) / Math.max(1, Math.abs(expected[i]!)));
  });
  expect(worst).toBeLessThan(2e-6);
}

const load = 'arrays, metadata = read("model.safetensors")\nx = np.fromfile("x.f32", "<f4").reshape(-1, 2)\n';

describe("a saved model in Python", () => {
  it.skipIf(noNumpy).each<[string, number, number[], ActivationName, number | number[]]>([
    ["one block, sin", 1, [16], "sin", 0.9],
    ["three blocks, lipSwish, a coefficient for each layer", 3, [16, 8], "lipSwish", [0.95, 0.9, 0.85]],
  ])(
    "is read by NumPy, whose forward direction gives our numbers: %s",
    async (_, blocks, hidden, activation, coefficient) => {
      const expected = await written(blocks, hidden, activation, coefficient);
      const code = `${reader}\n${forward}\n${load}forward(arrays, metadata, x).astype("<f4").tofile("y.f32")\n`;
      expect(python(code)).toEqual({ ok: true, output: "" });
      expectClose("y.f32", expected);
    },
  );

  it.skipIf(noTorch)("is loaded into PyTorch's dense layers", async () => {
    const expected = await written(1, [16], "sin", 0.9);
    const code = `${reader}\n${forward}\n${torch}\n${load}
x = x * np.exp(arrays["bijection.0.logScale"]) + arrays["bijection.0.shift"]
with torch.no_grad():
    y = torch.tensor(x) + branch(arrays, "bijection.1", 2, 0.9)(torch.tensor(x))
y.numpy().astype("<f4").tofile("y.f32")
`;
    expect(python(code)).toEqual({ ok: true, output: "" });
    expectClose("y.f32", expected);
  });

  it.skipIf(noTorch)("is loaded into PyTorch's convolutions", async () => {
    const flow = imageIResNet({
      inputShape: [4, 4, 2],
      blocksPerScale: [1],
      hiddenChannels: 3,
      pixels: { transform: "centred" },
      random,
    });
    const name = Object.keys(flow.parameters).find((key) => key.endsWith(".0.weight"))!;
    writeFileSync(join(folder, "model.safetensors"), await saveFlow(flow));
    const x = random.fold("image").normal([2, 4, 4, 2]);
    const y = tidy(() => conv2d(flow.parameters[name]!, { inputShape: [4, 4, 2] }).apply(x));
    writeFileSync(join(folder, "x.f32"), Float32Array.from(await x.data()));
    const expected = Float32Array.from(await y.data());
    const code = `${reader}\n${torch}
arrays, _ = read("model.safetensors")
layer = conv2d(arrays["${name}"], np.zeros(3, "<f4"))
x = torch.tensor(np.fromfile("x.f32", "<f4").reshape(2, 4, 4, 2))
with torch.no_grad():
    y = layer(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
y.numpy().astype("<f4").tofile("y.f32")
`;
    expect(python(code)).toEqual({ ok: true, output: "" });
    expectClose("y.f32", expected);
    dispose([x, y]);
    disposeFlow(flow);
  });
});

describe("the names in docs/file-format.md", () => {
  it("are those of the model that it describes, and say what is state", async () => {
    const flow = vectorIResNet({ features: 2, blocks: 1, hidden: [16], activation: "lipSwish", random });
    const { tensors } = decodeSafetensors(await saveFlow(flow));
    const rows = [...guide.matchAll(/^\| (`(?:bijection|base)\.[^|]*?) +\| ([^|]*?) +\| ([^|]*?) +\|$/gm)];
    const named = rows.flatMap(([, names, , meaning]) =>
      [...names!.matchAll(/`([^`]+)`/g)].map(([, name]) => ({ name: name!, state: /^state/.test(meaning!) })),
    );
    expect(named.map(({ name }) => name).sort()).toEqual([...tensors.keys()].sort());
    expect(
      named
        .filter(({ state }) => state)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(Object.keys(flow.state).sort());
    disposeFlow(flow);
  });

  it("hold each weight once: nothing else of a dense layer has its size", async () => {
    const flow = vectorIResNet({ features: 6, blocks: 2, hidden: [16, 12], random });
    const { tensors } = decodeSafetensors(await saveFlow(flow));
    const large = [...tensors].filter(([, { data }]) => data.length >= 6 * 12);
    expect(large.map(([name]) => name)).toEqual(
      Object.keys(flow.parameters).filter((name) => /weight$/.test(name)),
    );
    disposeFlow(flow);
  });
});
