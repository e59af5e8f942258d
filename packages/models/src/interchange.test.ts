/** The Python code of docs/file-format.md reads saved models and computes what we compute. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeSafetensors, disposeFlow, saveFlow } from "@invertible/flow";
import { conv2d, createRandom, dispose, tidy } from "@invertible/ops";
import type { ActivationName } from "@invertible/ops";
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
async function written(blocks: number, hidden: readonly number[], activation: ActivationName) {
  const data = correlated(random, 64);
  const built = vectorIResNet({ features: 2, blocks, hidden, activation, coefficient: 0.9, random });
  const flow = await started(built, data, 0.3);
  writeFileSync(join(folder, "model.safetensors"), await saveFlow(flow));
  const sigma = tidy(() =>
    flow.parameters["bijection.1.0.weight"]!.mul(flow.state["bijection.1.0.normGradient"]!).sum(),
  );
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
  it.skipIf(noNumpy)(
    "is read by NumPy, whose forward direction gives our numbers: one block, sin",
    async () => {
      const expected = await written(1, [16], "sin");
      const code = `${reader}\n${forward}\n${load}forward(arrays, metadata, x).astype("<f4").tofile("y.f32")\n`;
      expect(python(code)).toEqual({ ok: true, output: "" });
      expectClose("y.f32", expected);
    },
  );

  it.skipIf(noNumpy)(
    "is read by NumPy, whose forward direction gives our numbers: three blocks, lipSwish",
    async () => {
      const expected = await written(3, [16, 8], "lipSwish");
      const code = `${reader}\n${forward}\n${load}forward(arrays, metadata, x).astype("<f4").tofile("y.f32")\n`;
      expect(python(code)).toEqual({ ok: true, output: "" });
      expectClose("y.f32", expected);
    },
  );

  it.skipIf(noTorch)("is loaded into PyTorch's dense layers", async () => {
    const expected = await written(1, [16], "sin");
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
  it("are those of the model that it describes, with their shapes and what is state", async () => {
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

  it("hold each weight once: what has its shape beside it is the gradient of its norm, of rank one", async () => {
    const flow = vectorIResNet({ features: 2, blocks: 1, hidden: [16], random });
    const [weight, gradient] = [
      await flow.parameters["bijection.1.0.weight"]!.data(),
      await flow.state["bijection.1.0.normGradient"]!.data(),
    ];
    const at = (row: number, column: number) => gradient[row * 16 + column]!;
    for (let column = 1; column < 16; column++)
      expect(Math.abs(at(0, 0) * at(1, column) - at(0, column) * at(1, 0))).toBeLessThan(1e-6);
    expect([...gradient]).not.toEqual([...weight]);
    disposeFlow(flow);
  });
});
