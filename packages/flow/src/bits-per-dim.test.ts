import { chain } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { affine, logit, uniformDequantisation } from "@invertible/layers";
import { createRandom, tensor } from "@invertible/ops";
import type { Random, Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { demandClose, readGolden } from "../../../tools/golden.ts";
import type { Tolerance } from "../../../tools/golden.ts";
import { bitsPerDim, createFlow, standardNormal } from "./index.ts";

beforeAll(async () => {
  await startBackend("wasm");
});

describe("bitsPerDim", () => {
  it("is 8 for 256 equally likely levels", () => {
    expect(bitsPerDim(-784 * Math.log(256), 784)).toBeCloseTo(8, 12);
  });

  it("refuses a dimension of 0", () => {
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
  readonly expected: Readonly<Record<string, unknown>>;
  readonly tolerance: Tolerance;
}

const golden = readGolden<Golden>("bits_per_dim");

describe("bits per dimension of dequantised flows equal the golden file", () => {
  const shape = [2, 2, 3];
  /** A key that returns the noise of the file wherever uniform numbers are drawn. */
  const fixed = (u: Tensor): Random => ({ ...createRandom(0), uniform: () => u, fold: () => fixed(u) });

  async function check(name: "centered" | "logit", layer: (alpha: number) => Bijection) {
    const { inputs, expected, tolerance } = golden[0]!;
    const { bins, alpha } = inputs;
    const [pixels, u] = [tensor(inputs.pixels), tensor(inputs.u)];
    const bijection = chain([uniformDequantisation({ inputShape: shape, bins }), layer(alpha)]);
    const flow = createFlow({ bijection, base: standardNormal({ shape }) });
    const context = { random: fixed(u), training: false };
    const logProb = await flow.logProb(pixels, context).data();
    const z = await bijection.forward(pixels, context).data();
    demandClose(z, expected[name === "logit" ? "logit" : "x_centered"], tolerance, "z");
    const bits = logProb.map((nats) => bitsPerDim(nats, flow.dimension));
    demandClose(bits, expected[`bits_per_dim_${name}`], tolerance, "bits/dim");
    // The log-densities of the file are on the unit scale, without the -D ln(bins) of dequantisation.
    const unitScale = Array.from(logProb, (nats) => nats + flow.dimension * Math.log(bins));
    demandClose(unitScale, expected[`log_px_${name}`], tolerance, "log p");
  }

  it("where pixels are centred by -0.5", () =>
    check("centered", () => affine({ inputShape: shape, shift: -0.5 })));
  it("where pixels go through a logit", () => check("logit", (alpha) => logit({ inputShape: shape, alpha })));
});
