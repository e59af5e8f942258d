import { vectorIResNet, vectorGlow, imageIResNet, imageGlow } from "@invertible/models";
import { createRandom, dispose, tidy, floor } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { adam, eager, train } from "@invertible/trainer";
import { it } from "vitest";
import { captureFunction, captured } from "./index.ts";
it("measure", async () => {
  await startBackend("wasm");
  const random = createRandom(1);
  const px = (b: number) => tidy(() => floor(random.uniform([b, 28, 28, 1], 0, 256)));
  const pt = (b: number) => random.normal([b, 2]);
  const cpu = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
  for (const [name, flow, x, shape] of [
    ["2-D Glow, 512", vectorGlow({ features: 2, random }), pt(512), [2]],
    ["2-D i-ResNet, 512", vectorIResNet({ features: 2, random, blocks: 10, hidden: [64, 64], coefficient: 0.9 }), pt(512), [2]],
    ["image Glow, 16", imageGlow({ inputShape: [28, 28, 1], random, stepsPerScale: [4, 4], width: 64 }), px(16), [28, 28, 1]],
    ["image i-ResNet, 16", imageIResNet({ inputShape: [28, 28, 1], random, blocksPerScale: [2, 2], firstScale: "squeezed" }), px(16), [28, 28, 1]],
  ] as const) {
    const z = flow.bijection.forward(x, { random });
    const logProb = (x: Tensor) => flow.logProb(x, { random });
    const inverse = (z: Tensor) => flow.bijection.inverse(z);
    const t = performance.now();
    const cl = await captureFunction((x: Tensor, call) => flow.logProb(x, call), [x, { random }]);
    const tc = performance.now() - t;
    const ci = await captureFunction(inverse, [z]);
    const best: Record<string, number> = {};
    const time = async (key: string, f: () => Promise<Tensor> | Tensor) => {
      const a = cpu(); const y = await f(); await y.data(); const ms = cpu() - a; dispose(y);
      best[key] = Math.min(best[key] ?? Infinity, ms);
    };
    for (let i = 0; i < 12; i++) {
      await time("logProb eager", () => logProb(x)); await time("logProb captured", () => cl.run(x, { random }));
      await time("inverse eager", () => tidy(() => inverse(z))); await time("inverse captured", () => ci.run(z));
    }
    const values = Float32Array.from({ length: 200 * shape.reduce((a, b) => a * b, 1) }, (_, i) => shape.length === 1 ? Math.sin(i * 7.3) : (i * 37) % 256);
    for (const engine of [eager(), captured()]) {
      let last = cpu(); const list: number[] = [];
      for await (const e of train({ flow, data: { values, shape: [...shape], count: 200 }, batchSize: x.shape[0]! > 200 ? 200 : x.shape[0]!, steps: 24, optimizer: adam({ learningRate: 1e-4 }), random, engine })) if (e.kind === "step") { list.push(cpu() - last); last = cpu(); }
      best["step " + engine.name] = Math.min(...list);
    }
    console.log(name, "capture", Math.round(tc), JSON.stringify(Object.fromEntries(Object.entries(best).map(([k, v]) => [k, Math.round(v * 10) / 10]))));
    await cl.dispose(); await ci.dispose();
  }
}, 500000);
