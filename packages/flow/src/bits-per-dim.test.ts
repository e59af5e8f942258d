import { existsSync, readFileSync } from "node:fs";
import { chain } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { affine, logit, uniformDequantisation } from "@invertible/layers";
import { createRandom, tensor } from "@invertible/ops";
import type { Random, Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { bitsPerDim, createFlow, standardNormal } from "./index.ts";

const golden = new URL("../../../../shared/golden/bits_per_dim.json", import.meta.url);
const found = existsSync(golden);
if (!found) console.warn(`NOT CHECKED: the golden file ${golden.pathname} is absent`);

beforeAll(async () => {
  await startBackend("wasm");
});

describe("bitsPerDim", () => {
  it("is 8 for 256 equally likely levels", () => {
    expect(bitsPerDim(-784 * Math.log(256), 784)).toBeCloseTo(8, 12);
  });

  it("refuses a dimension that is none", () => {
    expect(() => bitsPerDim(-1, 0)).toThrow("bitsPerDim dimension: expected a positive integer, received 0");
  });
});

interface Golden {
  readonly inputs: {
    readonly pixels: number[];
    readonly u: number[];
    readonly bins: number;
    readonly alpha: number;
  };
  readonly expected: Readonly<Record<string, number[]>>;
  readonly tolerance: { readonly abs: number; readonly rel: number };
}

describe(`dequantised flows against the golden file${found ? "" : " (SKIPPED: the golden file is absent)"}`, () => {
  const shape = [2, 2, 3];
  const read = () => (JSON.parse(readFileSync(golden, "utf8")) as { cases: Golden[] }).cases[0]!;

  /** Gives the file's noise to whatever asks for uniforms. */
  const fixed = (u: Tensor): Random => ({ ...createRandom(0), uniform: () => u, fold: () => fixed(u) });

  async function check(name: "centered" | "logit", layer: (alpha: number) => Bijection) {
    const { inputs, expected, tolerance } = read();
    const { bins, alpha } = inputs;
    const [pixels, u] = [tensor(inputs.pixels), tensor(inputs.u)];
    const bijection = chain([uniformDequantisation({ inputShape: shape, bins }), layer(alpha)]);
    const flow = createFlow({ bijection, base: standardNormal({ shape }) });
    const context = { random: fixed(u), training: false };
    const logProb = await flow.logProb(pixels, context).data();
    const z = await bijection.forward(pixels, context).y.data();
    const close = (got: number, want: number) =>
      expect(Math.abs(got - want), `${got} against ${want}`).toBeLessThanOrEqual(
        tolerance.abs + tolerance.rel * Math.abs(want),
      );
    const latents = (expected[name === "logit" ? "logit" : "x_centered"] as unknown[]).flat(
      Infinity,
    ) as number[];
    latents.forEach((want, i) => close(z[i]!, want));
    expected[`bits_per_dim_${name}`]!.forEach((want, i) =>
      close(bitsPerDim(logProb[i]!, flow.dimension), want),
    );
    // The file's log-densities are on the unit scale: without the dequantisation's -D ln(bins).
    expected[`log_px_${name}`]!.forEach((want, i) =>
      close(logProb[i]! + flow.dimension * Math.log(bins), want),
    );
  }

  it.skipIf(!found)("centred by -0.5", () =>
    check("centered", () => affine({ inputShape: shape, shift: -0.5 })),
  );
  it.skipIf(!found)("logit", () => check("logit", (alpha) => logit({ inputShape: shape, alpha })));
});
