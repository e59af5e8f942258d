import { bijectionTypes, certify, chain, defineBijection, flatten, knownBounds } from "@invertible/bijection";
import type { LayerType } from "@invertible/bijection";
import { actNorm, layerTypes, uniformDequantisation } from "@invertible/layers";
import { FileFormatError, NotCertifiedError, UnsupportedError } from "@invertible/errors";
import { memory, tensor, tidy } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { exampleFlow } from "../../test-support/flow.ts";
import {
  createFlow,
  decodeSafetensors,
  disposeFlow,
  encodeSafetensors,
  loadFlow,
  saveFlow,
  standardNormal,
} from "../index.ts";
import type { Flow } from "../index.ts";

const layers = [...bijectionTypes, ...layerTypes];

interface Stored {
  forward: number | null;
  inverse: number | null;
  layers: { path: string; layer: string; forward: number | null; inverse: number | null }[];
}

const certificateIn = (file: Uint8Array): Stored | undefined => {
  const text = decodeSafetensors(file).metadata.get("certificate");
  return text === undefined ? undefined : (JSON.parse(text) as Stored);
};

/** Changes the certificate of a file. */
function changed(file: Uint8Array, change: (certificate: Stored) => unknown): Uint8Array {
  const { tensors, metadata } = decodeSafetensors(file);
  const certificate = certificateIn(file)!;
  const result = change(certificate) ?? certificate;
  const text = typeof result === "string" ? result : JSON.stringify(result);
  return encodeSafetensors({ tensors, metadata: new Map(metadata).set("certificate", text) });
}

function twoLayers(): Flow {
  const inputShape = [2];
  return createFlow({
    bijection: chain([uniformDequantisation({ inputShape, bins: 4 }), actNorm({ inputShape })]),
    base: standardNormal({ shape: inputShape }),
  });
}

describe("a flow's certificate", () => {
  beforeAll(() => startBackend("wasm"));

  it("is that of its bijection, with the paths of parameter names", async () => {
    const flow = exampleFlow(3);
    const before = memory().numTensors;
    const { forward, inverse, layers: proven } = await flow.certify();
    expect(memory().numTensors).toBe(before);
    const own = await certify(flow.bijection);
    expect({ forward, inverse }).toEqual({ forward: own.forward, inverse: own.inverse });
    expect(proven.map(({ path, layer }) => `${layer} ${path}`)).toEqual([
      "affine bijection.0",
      "squeeze bijection.1",
      "actNorm bijection.2",
      "invertibleConv1x1 bijection.3",
      "permutation bijection.4",
      "squeeze bijection.5.inner.0",
      "actNorm bijection.5.inner.1",
      "flatten bijection.5.inner.2",
    ]);
    expect(forward).toBeGreaterThan(1);
    expect(forward).toBeLessThan(100);
    disposeFlow(flow);
  });

  it("is enforced through the bijection", async () => {
    let calls = 0;
    const bijection = defineBijection({
      name: "enforced",
      inputShape: [1],
      outputShape: [1],
      config: {},
      forward: (x) => ({ y: x, logDet: () => x.sum(1).mul(0) }),
      inverse: (y) => ({ x: y, logDet: () => y.sum(1).mul(0) }),
      lipschitz: {
        ...knownBounds(() => ({ forward: Infinity, inverse: Infinity })),
        enforce: async () => void calls++,
      },
    });
    const flow = createFlow({ bijection, base: standardNormal({ shape: [1] }) });
    await flow.enforce();
    expect(calls).toBe(1);
    // Nothing is proven about this flow, so nothing is stored.
    expect(certificateIn(await saveFlow(flow))).toBeUndefined();
  });
});

describe("a stored certificate", () => {
  let file: Uint8Array;
  beforeAll(() => startBackend("wasm"));
  beforeEach(async () => {
    file = await saveFlow(twoLayers());
  });

  const refusal = (bytes: Uint8Array): Promise<Error> =>
    loadFlow(bytes, { layers }).then(
      () => expect.unreachable("expected a refusal"),
      (error: unknown) => error as Error,
    );

  it("is what the flow proves, with null for infinity", async () => {
    const flow = await loadFlow(file, { layers });
    const proven = await flow.certify();
    expect(proven.inverse).toBe(Infinity);
    expect(certificateIn(file)).toEqual(JSON.parse(JSON.stringify(proven)));
    expect(certificateIn(file)!.layers[0]).toMatchObject({ layer: "uniformDequantisation", inverse: null });
  });

  it("is verified against the weights, and an error names the layer and both numbers", async () => {
    const { tensors, metadata } = decodeSafetensors(file);
    const grown = new Map(tensors);
    grown.set("bijection.1.logScale", { dtype: "F32", shape: [2], data: Float32Array.of(0, Math.log(2)) });
    const bytes = encodeSafetensors({ tensors: grown, metadata });
    const before = memory().numTensors;
    const error = await refusal(bytes);
    expect(NotCertifiedError.is(error)).toBe(true);
    expect(error.message).toMatch(
      /loadFlow certificate, actNorm \(bijection\.1\): expected a Lipschitz constant of its forward map of at most 1\.0\d*, as stored, received 2\.0\d*, as proven/,
    );
    expect(memory().numTensors).toBe(before);
    disposeFlow(await loadFlow(bytes, { layers, certificate: "ignore" }));
    expect(memory().numTensors).toBe(before);
  });

  it("may be smaller than proven by the difference of float32 backends, and no more", async () => {
    const lowered = (by: number) => changed(file, (c) => void (c.layers[1]!.inverse! *= 1 - by));
    disposeFlow(await loadFlow(lowered(0.9e-5), { layers }));
    expect(NotCertifiedError.is(await refusal(lowered(1.1e-5)))).toBe(true);
    // The bounds of the whole flow are checked too.
    const error = await refusal(changed(file, (c) => void (c.forward! /= 2)));
    expect(error.message).toMatch(/all layers together: expected a Lipschitz constant of its forward map/);
  });

  it("may claim less than is true, and may be absent", async () => {
    disposeFlow(
      await loadFlow(
        changed(file, (c) => void (c.forward = null)),
        { layers },
      ),
    );
    const { tensors, metadata } = decodeSafetensors(file);
    const old = new Map(metadata);
    old.delete("certificate");
    disposeFlow(await loadFlow(encodeSafetensors({ tensors, metadata: old }), { layers }));
  });

  it.each<[string, (certificate: Stored) => unknown, RegExp]>([
    ["text", () => "seven", /certificate: expected a JSON object, received "seven"/],
    ["a list", () => "[]", /certificate: expected a JSON object/],
    ["endless nesting", () => "[".repeat(10_000), /certificate: expected at most 200 levels/],
    ["no layers", (c) => ({ ...c, layers: 3 }), /certificate.layers: expected an array, received 3/],
    [
      "a layer that is not an object",
      (c) => ({ ...c, layers: [null] }),
      /certificate.layers\[0\]: expected an object/,
    ],
    ["a missing path", (c) => ({ ...c, layers: [{ layer: "a" }] }), /layers\[0\].path: expected a string/],
    ["no layer's name", (c) => ({ ...c, layers: [{ path: "a" }] }), /layers\[0\].layer: expected a string/],
    [
      "another layer",
      (c) => void (c.layers[1]!.path = "bijection.7"),
      /expected "?only layers of the model"?, received "actNorm \(bijection.7\)"/,
    ],
    [
      "a negative bound",
      (c) => void (c.forward = -1),
      /certificate.forward: expected a number of at least 0/,
    ],
    ["a bound as text", (c) => ({ ...c, inverse: "1" }), /certificate.inverse: expected a number/],
    ["a missing bound", ({ forward, layers }) => ({ forward, layers }), /inverse: expected .* undefined/],
  ])("is refused where it is %s", async (_, change, message) => {
    const bytes = changed(file, change);
    const before = memory().numTensors;
    const error = await refusal(bytes);
    expect(FileFormatError.is(error)).toBe(true);
    expect(error.message).toMatch(message);
    expect(memory().numTensors).toBe(before);
  });

  it("is left out where nothing finite can be proven, and refused in a file that claims it all the same", async () => {
    const flow = twoLayers();
    // exp(-(-800)) is more than float64 holds.
    tidy(() => flow.parameters["bijection.1.logScale"]!.assign(tensor([0, -800])));
    const overflowing = await saveFlow(flow);
    disposeFlow(await loadFlow(overflowing, { layers }));
    const { tensors } = decodeSafetensors(overflowing);
    const error = await refusal(encodeSafetensors({ ...decodeSafetensors(file), tensors }));
    expect(NotCertifiedError.is(error)).toBe(true);
    // Neither is saved, so the layer itself is asked.
    tidy(() => flow.parameters["bijection.1.logScale"]!.assign(tensor([0, NaN])));
    await expect(flow.certify()).rejects.toThrow(/actNorm.certify: expected finite parameters, received NaN/);
  });

  it("is neither written nor proven where its images would take minutes", async () => {
    const large = (size: number) => {
      const inputShape = [size, size, 1];
      return createFlow({
        bijection: chain([actNorm({ inputShape }), flatten({ inputShape })]),
        base: standardNormal({ shape: [size * size] }),
      });
    };
    const saved = await saveFlow(large(128));
    expect(certificateIn(saved)).toBeDefined();
    const larger = await saveFlow(large(256));
    expect(certificateIn(larger)).toBeUndefined();
    disposeFlow(await loadFlow(larger, { layers }));
    const { tensors, metadata } = decodeSafetensors(larger);
    const claiming = new Map(metadata).set(
      "certificate",
      decodeSafetensors(saved).metadata.get("certificate")!,
    );
    const bytes = encodeSafetensors({ tensors, metadata: claiming });
    const error = await refusal(bytes);
    expect(NotCertifiedError.is(error)).toBe(true);
    expect(error.message).toMatch(
      /received 131072 pixels in all layers together; certificate: "ignore" loads/,
    );
    disposeFlow(await loadFlow(bytes, { layers, certificate: "ignore" }));
  });

  it("is refused where a listed layer type hides its weights", async () => {
    const hiding: LayerType = {
      layer: "actNorm",
      build: () => ({
        ...actNorm({ inputShape: [2] }),
        lipschitz: knownBounds(() =>
          Promise.reject(new UnsupportedError("certify: expected weights, received none")),
        ),
      }),
    };
    const before = memory().numTensors;
    const others = layers.filter(({ layer }) => layer !== "actNorm");
    const error = await loadFlow(file, { layers: [...others, hiding] }).catch((e: unknown) => e);
    expect(NotCertifiedError.is(error)).toBe(true);
    expect((error as Error).message).toBe("loadFlow certificate: certify: expected weights, received none");
    expect(memory().numTensors).toBe(before);
  });

  it("is not loaded with an unknown certificate option", async () => {
    await expect(loadFlow(file, { layers, certificate: "maybe" as "verify" })).rejects.toThrow(
      'loadFlow certificate: expected "verify" or "ignore", received "maybe"',
    );
  });
});
