import { startBackend } from "@invertible/ops/backend";
import { createRandom, tensor, valueAndGradients, neg, mean, tidy, dispose, memory } from "@invertible/ops";
import { imageIResNet, imageGlow, parameterCount } from "@invertible/models";
await startBackend("wasm");
const cpu = () => {
  const u = process.cpuUsage();
  return (u.user + u.system) / 1000;
};
const B = 64;
const random = createRandom(1);
const x = tidy(() => random.uniform([B, 28, 28, 1], 0, 256).floor());
const mk = {
  ires_full: () =>
    imageIResNet({ inputShape: [28, 28, 1], random, blocksPerScale: [4, 4, 4], hiddenChannels: 64 }),
  ires_sq66: () =>
    imageIResNet({
      inputShape: [28, 28, 1],
      random,
      blocksPerScale: [6, 6],
      hiddenChannels: 64,
      firstScale: "squeezed",
    }),
  glow66: () => imageGlow({ inputShape: [28, 28, 1], random, stepsPerScale: [6, 6], width: 64 }),
};
for (const name of process.argv.slice(2)) {
  let t = cpu();
  const flow = mk[name]();
  console.log(name, "params", parameterCount(flow), "build cpu", (cpu() - t).toFixed(0));
  t = cpu();
  await flow.initialise(x, { random, training: true, logDet: "skip" });
  console.log("init", (cpu() - t).toFixed(0));
  const vars = Object.values(flow.parameters);
  for (let i = 0; i < 3; i++) {
    t = cpu();
    const { value, gradients } = valueAndGradients(
      () => neg(mean(flow.logProb(x, { random: random.fold(i), training: true }))),
      vars,
    );
    await value.data();
    const a = cpu() - t;
    dispose([value, ...gradients]);
    t = cpu();
    await flow.refresh({ iterations: 5 });
    const b = cpu() - t;
    t = cpu();
    const lp = flow.logProb(x, { random, training: false });
    await lp.data();
    lp.dispose();
    const c = cpu() - t;
    console.log(
      "step cpu ms",
      a.toFixed(0),
      "refresh",
      b.toFixed(0),
      "eval",
      c.toFixed(0),
      memory().numTensors,
      memory().numBytes / 1e6,
    );
  }
}
