import { bijectionTypes, chain, describeLayer, invert } from "@invertible/bijection";
import type { Bijection, LayerType } from "@invertible/bijection";
import { affine, layerTypes } from "@invertible/layers";
import { FileFormatError, NonFiniteError, NotCertifiedError } from "@invertible/errors";
import type { JsonObject } from "@invertible/errors";
import { createRandom, memory, tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import {
  createFlow,
  decodeSafetensors,
  disposeFlow,
  encodeSafetensors,
  loadFlow,
  saveFlow,
  standardNormal,
} from "../index.ts";
import type { Safetensors, StoredTensor } from "../index.ts";
import { exampleFlow } from "../../test-support/flow.ts";

const layers: readonly LayerType[] = [...bijectionTypes, ...layerTypes];
const random = createRandom(21);
const context = { random, training: false };

describe.each(["cpu", "wasm"] as const)("a saved flow (%s)", (backend) => {
  beforeAll(async () => {
    await startBackend(backend);
  });

  it("comes back with the same bits", async () => {
    const flow = exampleFlow(1);
    const x = random.uniform([5, 4, 4, 1]);
    await flow.initialise(x, { ...context });
    const bytes = await saveFlow(flow);
    const loaded = await loadFlow(bytes, { layers });
    expect(await loaded.logProb(x, context).data()).toEqual(await flow.logProb(x, context).data());
    expect(await (await loaded.sample(3, { random })).x.data()).toEqual(
      await (await flow.sample(3, { random })).x.data(),
    );
    expect(await saveFlow(loaded)).toEqual(bytes);
    expect(Object.keys(loaded.parameters)).toEqual(Object.keys(flow.parameters));
  });

  it("is the flow as it was at the call, whatever changes meanwhile", async () => {
    const flow = exampleFlow(2);
    const expected = await saveFlow(flow);
    const saving = saveFlow(flow);
    const other = exampleFlow(3);
    for (const [name, variable] of Object.entries(flow.parameters))
      variable.assign(other.parameters[name]!.clone());
    const [before, during] = [decodeSafetensors(expected), decodeSafetensors(await saving)];
    expect(during.tensors).toEqual(before.tensors);
    // What could be proven by then would be bounds of other weights.
    expect(before.metadata.has("certificate")).toBe(true);
    expect([...during.metadata]).toEqual([...before.metadata].filter(([key]) => key !== "certificate"));
  });

  it("does not change when the bytes it was loaded from do", async () => {
    const bytes = await saveFlow(exampleFlow(4));
    const copy = bytes.slice();
    const loaded = await loadFlow(copy, { layers });
    copy.fill(0);
    expect(await saveFlow(loaded)).toEqual(bytes);
  });

  it("leaves nothing behind, whether it loads or not", async () => {
    const flow = exampleFlow(5);
    const before = memory().numTensors;
    const bytes = await saveFlow(flow);
    disposeFlow(await loadFlow(bytes, { layers }));
    expect(memory().numTensors).toBe(before);
  });
});

describe("loadFlow", () => {
  let bytes: Uint8Array;
  let parts: Safetensors;
  beforeAll(async () => {
    await startBackend("wasm");
    bytes = await saveFlow(exampleFlow(6));
    parts = decodeSafetensors(bytes);
  });

  const withMetadata = (key: string, value: string | undefined) => {
    const metadata = new Map(parts.metadata);
    if (value === undefined) metadata.delete(key);
    else metadata.set(key, value);
    return encodeSafetensors({ ...parts, metadata });
  };
  const withTensors = (change: (tensors: Map<string, StoredTensor>) => void) => {
    const tensors = new Map(parts.tensors);
    change(tensors);
    return encodeSafetensors({ ...parts, tensors });
  };
  const withHeader = (json: string) => {
    const text = new TextEncoder().encode(json);
    const file = new Uint8Array(8 + text.length + 4);
    new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
    file.set(text, 8);
    return file;
  };
  const withArchitecture = (from: string | RegExp, to: string) =>
    withMetadata("architecture", parts.metadata.get("architecture")!.replace(from, to));
  const refusal = (file: Uint8Array): Promise<Error> =>
    loadFlow(file, { layers }).then(
      () => expect.unreachable("expected a refusal"),
      (error: unknown) => error as Error,
    );
  const one: StoredTensor = { dtype: "F32", shape: [1], data: new Float32Array(1) };

  it.each<[string, () => Uint8Array, RegExp]>([
    [
      "another format",
      () => withMetadata("format", "pt"),
      /loadFlow format: expected "invertible-flow", received "pt"/,
    ],
    ["no format", () => withMetadata("format", undefined), /loadFlow format: .*received undefined/],
    [
      "a later version",
      () => withMetadata("formatVersion", "3"),
      /loadFlow formatVersion: expected "1" or "2", received "3"/,
    ],
    [
      "no version",
      () => withMetadata("formatVersion", undefined),
      /loadFlow formatVersion: expected "1" or "2", received undefined/,
    ],
    ["no architecture", () => withMetadata("architecture", undefined), /architecture: expected JSON text/],
    [
      "text for an architecture",
      () => withMetadata("architecture", "{x"),
      /architecture: expected a JSON object/,
    ],
    [
      "a list for an architecture",
      () => withMetadata("architecture", "[1]"),
      /architecture: expected a JSON object/,
    ],
    [
      "an endless architecture",
      () => withMetadata("architecture", '{"a":'.repeat(10000)),
      /at most 200 levels/,
    ],
    [
      "no base",
      () =>
        withMetadata(
          "architecture",
          '{"bijection":{"layer":"actNorm","config":{"inputShape":[2],"varianceFloor":0}}}',
        ),
      /base: expected an object/,
    ],
    [
      "an unknown layer",
      () => withArchitecture('"layer":"actNorm"', '"layer":"secretNorm"'),
      /expected a layer among \[.*actNorm.*\], received "secretNorm"/,
    ],
    [
      "an unknown base",
      () => withArchitecture("diagonalNormal", "cauchy"),
      /base: expected one of \[standardNormal, diagonalNormal, standardLogistic, normalMixture\], received "cauchy"/,
    ],
    ["a layer with a bad option", () => withArchitecture('"scale":2', '"scale":0'), /affine.scale/],
    [
      "layers that do not fit",
      () => withArchitecture('"inputShape":[2,2,4],"varianceFloor"', '"inputShape":[2,2,5],"varianceFloor"'),
      /chain: squeeze \(1\) -> actNorm \(2\)/,
    ],
    ["a base that does not fit", () => withArchitecture('"shape":[16]', '"shape":[17]'), /createFlow/],
    [
      "examples far larger than the file, in the base",
      () => withArchitecture('"shape":[16]', '"shape":[1000000000]'),
      /architecture: expected examples of at most 16777216 numbers, received \[1000000000\]/,
    ],
    [
      "examples far larger than the file, in a layer",
      () =>
        withArchitecture('"inputShape":[2,2,4],"varianceFloor"', '"inputShape":[2,2,1e9],"varianceFloor"'),
      /architecture: expected examples of at most 16777216 numbers/,
    ],
    [
      "a missing array",
      () => withTensors((t) => t.delete("base.mean")),
      /tensor "base.mean": expected F32 \[16\], received none/,
    ],
    ["an array too many", () => withTensors((t) => t.set("extra", one)), /only those of the model.*"extra"/],
    [
      "an array of another shape",
      () => withTensors((t) => t.set("base.mean", one)),
      /"base.mean": expected F32 \[16\], received F32 \[1\]/,
    ],
    [
      "an array of another type",
      () => withTensors((t) => t.set("base.mean", { dtype: "I32", shape: [16], data: new Int32Array(16) })),
      /received I32 \[16\]/,
    ],
  ])("refuses %s and leaves nothing behind", async (_, make, message) => {
    const file = make();
    const before = memory().numTensors;
    const error = await refusal(file);
    expect(error.message).toMatch(message);
    expect(FileFormatError.is(error)).toBe(true);
    expect(memory().numTensors).toBe(before);
  });

  it("refuses a layer that was not listed, even one of this project", async () => {
    await expect(loadFlow(bytes, { layers: bijectionTypes })).rejects.toThrow(
      /expected a layer among \[.*\], received "affine"/,
    );
  });

  it("refuses layers larger than the file before making them", async () => {
    const greedy: LayerType = {
      layer: "affine",
      build: (_, { random }) => {
        random.fold("weights").normal([30_000, 30_000]);
        throw new Error("not reached");
      },
    };
    const others = layers.filter(({ layer }) => layer !== "affine");
    await expect(loadFlow(bytes, { layers: [greedy, ...others] })).rejects.toThrow(
      /loadFlow architecture: layers: expected at most \d+ numbers made from nothing, for the file holds 9 arrays/,
    );
  });

  it("takes an ArrayBuffer too, and nothing else", async () => {
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    disposeFlow(await loadFlow(buffer, { layers }));
    for (const other of [new Uint16Array(8), "text", undefined, {}])
      await expect(loadFlow(other as Uint8Array, { layers })).rejects.toThrow(
        /^loadFlow bytes: expected a Uint8Array or an ArrayBuffer, received "(Uint16Array|String|Undefined|Object)"$/,
      );
  });

  it.each([NaN, Infinity, -Infinity])(
    "names the variable that holds %d, and so does saveFlow",
    async (bad) => {
      const flow = exampleFlow(8);
      flow.parameters["bijection.2.shift"]!.assign(tensor([0, bad, 0, 0]));
      await expect(saveFlow(flow)).rejects.toSatisfy(NonFiniteError.is);
      await expect(saveFlow(flow)).rejects.toThrow(
        `saveFlow tensor "bijection.2.shift": expected finite numbers, received ${bad}`,
      );
      const broken: StoredTensor = { dtype: "F32", shape: [4], data: Float32Array.of(0, 0, bad, 0) };
      const error = await refusal(withTensors((t) => t.set("bijection.2.shift", broken)));
      expect(FileFormatError.is(error)).toBe(true);
      expect(error.message).toBe(
        `loadFlow tensor "bijection.2.shift": expected finite numbers, received ${bad}`,
      );
      disposeFlow(flow);
    },
  );

  it("answers quoted megabytes with a short message", async () => {
    const long = "x".repeat(5e6);
    const [nested, name] = [`${"[".repeat(1e5)}${"]".repeat(1e5)}`, JSON.stringify(long)];
    for (const file of [
      withArchitecture('"layer":"actNorm"', `"layer":${name}`),
      withArchitecture('"base":"diagonalNormal"', `"base":${name}`),
      withArchitecture('"scale":2', `"scale":${name}`),
      withArchitecture('"scale":2', `"scale":${nested}`),
      withArchitecture('"inputShape":[4,4,1]', `"inputShape":[${"1,".repeat(1e6)}1]`),
      withMetadata("format", long),
      withMetadata("architecture", long),
      withTensors((t) => t.set(long, one)),
      withHeader(`{"a":${nested}}`),
      withHeader(`{"a":{"dtype":"F32","shape":[${"1,".repeat(1e6)}1],"data_offsets":[0,9]}}`),
      withHeader(`{${name}:{"dtype":"F32","shape":[],"data_offsets":[1,5]}}`),
    ]) {
      const error = await refusal(file);
      expect(FileFormatError.is(error)).toBe(true);
      expect(error.message.length).toBeLessThan(2100);
    }
  });

  it("refuses more layers, axes and products than a model has, and saveFlow refuses the same", async () => {
    const inputShape = [2];
    const many = (count: number) =>
      createFlow({
        bijection: chain(Array.from({ length: count }, () => affine({ inputShape }))),
        base: standardNormal({ shape: inputShape }),
      });
    await expect(saveFlow(many(4096))).rejects.toThrow(/at most 4096 layers/); // and the chain itself
    const most = await saveFlow(many(4095));
    disposeFlow(await loadFlow(most, { layers }));
    const more = withArchitecture(
      /"parts":\[/,
      `"parts":[${`${JSON.stringify(describeLayer(affine({ inputShape })))},`.repeat(4096)}`,
    );
    await expect(loadFlow(more, { layers })).rejects.toThrow(
      /loadFlow architecture: expected at most 4096 layers/,
    );
    const deep = Array.from({ length: 60 }).reduce<Bijection>(
      (inner) => invert(inner),
      affine({ inputShape }),
    );
    await expect(
      saveFlow(createFlow({ bijection: deep, base: standardNormal({ shape: inputShape }) })),
    ).resolves.toBeDefined();
    const deeper = Array.from({ length: 100 }).reduce<Bijection>((inner) => invert(inner), deep);
    await expect(
      saveFlow(createFlow({ bijection: deeper, base: standardNormal({ shape: inputShape }) })),
    ).rejects.toThrow(/saveFlow architecture: expected at most 200 levels/);
    const estimator = (terms: number, probes: number) => ({ name: "powerSeries", terms, probes });
    const withEstimators = (count: number) =>
      withArchitecture('"scale":2', `"scale":2,"e":${JSON.stringify(Array(count).fill(estimator(1e4, 20)))}`);
    disposeFlow(await loadFlow(withEstimators(10), { layers }));
    await expect(loadFlow(withEstimators(11), { layers })).rejects.toThrow(
      /estimators of at most 2000000 products together, received 2200000/,
    );
  });

  it("refuses what JSON does not hold when it is saved, not when it is loaded", async () => {
    const odd = (config: object) =>
      saveFlow(
        createFlow({
          bijection: { ...affine({ inputShape: [2] }), config: config as JsonObject },
          base: standardNormal({ shape: [2] }),
        }),
      );
    await expect(odd({ a: [1, NaN] })).rejects.toThrow(
      "saveFlow architecture.bijection.config.a[1]: expected a number that JSON holds, received NaN",
    );
    await expect(odd({ a: () => 1 })).rejects.toThrow("config.a: expected JSON, received a function");
    await expect(odd({ inputShape: [1, 1, 1, 1, 1, 1] })).rejects.toThrow(/at most 5 axes/);
    await expect(odd({ inputShape: [1e9] })).rejects.toThrow(/examples of at most 16777216 numbers/);
    await expect(odd({ a: Array(2e5).fill({ b: 1 }) })).rejects.toThrow(/at most 250000 objects/);
    await expect(odd({ a: "x".repeat(1e7) })).rejects.toThrow(
      /header length: expected at most 10000000 bytes/,
    );
    await expect(odd({ a: 1 })).resolves.toBeDefined();
  });

  it("loads or refuses, and leaves nothing behind, when any byte is changed or the file cut short", async () => {
    const before = memory().numTensors;
    let [loads, refusals] = [0, 0];
    const attempt = async (file: Uint8Array) => {
      try {
        disposeFlow(await loadFlow(file, { layers }));
        loads++;
      } catch (error) {
        if (!FileFormatError.is(error) && !NotCertifiedError.is(error)) throw error;
        refusals++;
      }
    };
    for (let length = 0; length < bytes.length; length++) await attempt(bytes.subarray(0, length));
    expect(refusals).toBe(bytes.length);
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at]! ^= 1 << random.fold(at).integers(1, 0, 8)[0]!;
      await attempt(changed);
    }
    expect(loads).toBeGreaterThan(100); // changed numbers in the data
    expect(refusals).toBeGreaterThan(bytes.length + 100);
    expect(memory().numTensors).toBe(before);
  });
});
