import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand, startCommand, until } from "../../test-support/command.ts";

/** A model that looks at its numbers, so that nothing can record it. */
const watching = `
import { chain, defineBijection } from "@invertible/bijection";
import { createFlow, standardNormal } from "@invertible/flow";
import { actNorm } from "@invertible/layers";
import { clone, zeros } from "@invertible/ops";

const look = (shape) =>
  defineBijection({
    name: "look", inputShape: shape, outputShape: shape, config: {},
    parameters: {}, state: {},
    forward: (x) => (x.dataSync(), { y: clone(x), logDet: () => zeros([x.shape[0]]) }),
    inverse: (y) => ({ x: clone(y), logDet: () => zeros([y.shape[0]]) }),
  });

export default {
  title: "A model that looks",
  kinds: ["plane"],
  training: () => ({ steps: 3, optimizer: "adam", learningRate: 1e-2, finalRate: 0.02, checkpointEvery: 50 }),
  build: ({ shape }) => ({
    flow: createFlow({
      bijection: chain([actNorm({ inputShape: shape }), look(shape)]),
      base: standardNormal({ shape }),
    }),
    architecture: {},
    logDet: "sum of log-scales",
  }),
};
`;

describe("--export-onnx", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "bench-onnx-"));
    writeFileSync(join(folder, "watching.js"), watching);
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("writes the models that can be written, and says why another cannot, also after a kill", async () => {
    const choices = ["--datasets", "moons", "--model", "watching=./watching.js"];
    const options = [...choices, "--models", "glow,watching", "--steps", "3", "--export-onnx"];
    const command = startCommand([...options, "--out", "run"], folder);
    await until(() => command.output().includes("writing .onnx files"), command);
    command.process.kill("SIGKILL");
    await command.ended;
    // What a kill in the middle of writing leaves.
    writeFileSync(join(folder, "run", "models", "moons-glow.logProb.onnx.1-0badcafe.partial"), "half");
    const { exitCode, output, errors } = await runCommand(["--resume", "--out", "run"], folder);
    expect({ exitCode, errors: errors.replace(/^Training steps.*\n/, "") }).toEqual({
      exitCode: 0,
      errors: "",
    });
    expect(readdirSync(join(folder, "run", "models")).sort()).toEqual([
      "moons-glow.inverse.onnx",
      "moons-glow.logProb.onnx",
      "moons-watching.inverse.onnx",
    ]);
    expect(output).toMatch(/Models: +run\/models \(3 \.onnx files\)/);
    expect(output).toMatch(/^No moons-watching\.logProb\.onnx: .*reads no numbers back.*$/m);
  }, 300_000);

  it("is refused where it would do nothing", async () => {
    const few = [
      ...["--datasets", "moons", "--model", "watching=./watching.js", "--models", "watching"],
      ...["--steps", "3", "--out", "few"],
    ];
    const other = await runCommand([...few, "--export-onnx", "--backend", "webgpu"], folder);
    expect(other).toMatchObject({ exitCode: 2 });
    expect(other.errors).toMatch(/--export-onnx with --backend webgpu/);
    expect((await runCommand(few, folder)).exitCode).toBe(0);
    const late = await runCommand(["--resume", "--export-onnx", "--out", "few"], folder);
    expect(late).toMatchObject({ exitCode: 2 });
    expect(late.errors).toMatch(/expected a run that began with --export-onnx/);
  }, 300_000);
});
