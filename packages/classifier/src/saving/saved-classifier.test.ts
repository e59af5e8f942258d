import { bijectionTypes } from "@invertible/bijection";
import type { LayerType } from "@invertible/bijection";
import { FileFormatError, NonFiniteError, NotCertifiedError } from "@invertible/errors";
import {
  createFlow,
  decodeSafetensors,
  encodeSafetensors,
  loadFlow,
  saveFlow,
  standardNormal,
} from "@invertible/flow";
import type { Safetensors, StoredTensor } from "@invertible/flow";
import { actNorm, layerTypes } from "@invertible/layers";
import { createRandom, memory, mul, sum, tensor, tidy, zeros } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { residualTypes } from "@invertible/residual";
import { beforeAll, describe, expect, it } from "vitest";
import { assign, exampleClassifier } from "../../test-support/classifiers.ts";
import {
  classifier,
  classifierArchitecture,
  createClassifier,
  defineHead,
  denseHead,
  disposeClassifier,
  headTypes,
  loadClassifier,
  saveClassifier,
} from "../index.ts";
import type { HeadType } from "../index.ts";

const layers: readonly LayerType[] = [...bijectionTypes, ...layerTypes, ...residualTypes];
const random = createRandom(41);

describe.each(["cpu", "wasm"] as const)("a saved classifier (%s)", (backend) => {
  beforeAll(() => startBackend(backend));

  it("comes back with the same bits, and leaves nothing behind", async () => {
    const model = exampleClassifier(1);
    const x = random.normal([6, 4, 4, 1]);
    await model.initialise(x);
    assign(model.state, { "head.norm.runningMean": [1, 2, 3, 4] });
    const before = memory().numTensors;
    const bytes = await saveClassifier(model);
    const loaded = await loadClassifier(bytes, { layers });
    const [given, found] = [model.logits(x), loaded.logits(x)];
    expect(await found.data()).toEqual(await given.data());
    expect(await saveClassifier(loaded)).toEqual(bytes);
    expect(Object.keys(loaded.parameters)).toEqual(Object.keys(model.parameters));
    expect(Object.keys(loaded.state)).toEqual(Object.keys(model.state));
    given.dispose();
    found.dispose();
    disposeClassifier(loaded);
    expect(memory().numTensors).toBe(before);
  });
});

describe("loadClassifier", () => {
  beforeAll(() => startBackend("wasm"));

  it("rebuilds every head with its options", async () => {
    for (const more of [{}, { norm: "batch-norm", momentum: 0.3, epsilon: 1e-2 } as const]) {
      const head = denseHead({ inputShape: [4], classes: 5, random, ...more });
      const model = createClassifier({ features: actNorm({ inputShape: [4] }), head });
      const loaded = await loadClassifier(await saveClassifier(model), { layers });
      expect(loaded.head.config).toEqual(head.config);
      expect(classifierArchitecture(loaded)).toBe(classifierArchitecture(model));
    }
  });

  it("loads a head of somebody else by its type", async () => {
    const sums = () =>
      defineHead({
        name: "sums",
        inputShape: [4],
        classes: 2,
        config: {},
        logits: (z: Tensor) => tidy(() => mul(sum(z, 1, true), tensor([1, -1]))),
      });
    const sumsType: HeadType = { head: "sums", build: sums };
    const bytes = await saveClassifier(
      createClassifier({ features: actNorm({ inputShape: [4] }), head: sums() }),
    );
    await expect(loadClassifier(bytes, { layers })).rejects.toThrow(
      'loadClassifier architecture: loadClassifier.head: expected one of denseHead, mixtureHead, pooledHead, received "sums"',
    );
    const loaded = await loadClassifier(bytes, { layers, heads: [...headTypes, sumsType] });
    expect(loaded.head.name).toBe("sums");
  });

  it("proves the certificate of the features again", async () => {
    const model = classifier({ features: actNorm({ inputShape: [2] }), classes: 2, random });
    const { tensors, metadata } = decodeSafetensors(await saveClassifier(model));
    expect([metadata.get("format"), metadata.get("formatVersion")]).toEqual(["invertible-classifier", "1"]);
    expect(JSON.parse(metadata.get("certificate")!)).toEqual(
      JSON.parse(JSON.stringify(await model.certify())),
    );
    const grown = new Map(tensors);
    grown.set("features.logScale", { dtype: "F32", shape: [2], data: Float32Array.of(0, 1) });
    const bytes = encodeSafetensors({ tensors: grown, metadata });
    const before = memory().numTensors;
    const error = await loadClassifier(bytes, { layers }).catch((caught: unknown) => caught as Error);
    expect(NotCertifiedError.is(error)).toBe(true);
    expect((error as Error).message).toMatch(/^loadClassifier certificate, actNorm \(features\): expected/);
    expect(memory().numTensors).toBe(before);
    disposeClassifier(await loadClassifier(bytes, { layers, certificate: "ignore" }));
    await expect(loadClassifier(bytes, { layers, certificate: "maybe" as "verify" })).rejects.toThrow(
      'loadClassifier certificate: expected "verify" or "ignore"',
    );
  });

  it("tells classifiers and flows apart", async () => {
    const features = actNorm({ inputShape: [2] });
    const model = classifier({ features, classes: 2, random });
    const flow = createFlow({ bijection: features, base: standardNormal({ shape: [2] }) });
    await expect(loadFlow(await saveClassifier(model), { layers })).rejects.toThrow(
      'loadFlow format: expected "invertible-flow", received "invertible-classifier"',
    );
    await expect(loadClassifier(await saveFlow(flow), { layers })).rejects.toThrow(
      'loadClassifier format: expected "invertible-classifier", received "invertible-flow"',
    );
  });

  it("names the variable that is not finite, and so does saveClassifier", async () => {
    const model = exampleClassifier(2);
    assign(model.parameters, { "head.bias": [0, NaN, 0] });
    const error = await saveClassifier(model).catch((caught: unknown) => caught as Error);
    expect(NonFiniteError.is(error)).toBe(true);
    expect((error as Error).message).toBe(
      'saveClassifier tensor "head.bias": expected finite numbers, received NaN',
    );
    await expect(saveClassifier({ ...model, logits: undefined } as never)).rejects.toThrow(
      "saveClassifier: expected a classifier made by createClassifier",
    );
  });
});

describe("a file that is no classifier", () => {
  let bytes: Uint8Array;
  let parts: Safetensors;
  beforeAll(async () => {
    await startBackend("wasm");
    const model = exampleClassifier(3);
    bytes = await saveClassifier(model);
    parts = decodeSafetensors(bytes);
    disposeClassifier(model);
  });

  const withMetadata = (key: string, value: string) =>
    encodeSafetensors({ ...parts, metadata: new Map(parts.metadata).set(key, value) });
  const withArchitecture = (from: string | RegExp, to: string) => {
    const before = parts.metadata.get("architecture")!;
    const after = before.replace(from, to);
    expect(after).not.toBe(before);
    return withMetadata("architecture", after);
  };
  const withTensor = (name: string, value: StoredTensor | undefined) => {
    const tensors = new Map(parts.tensors);
    if (value === undefined) tensors.delete(name);
    else tensors.set(name, value);
    return encodeSafetensors({ ...parts, tensors });
  };

  it.each<[string, () => Uint8Array, RegExp]>([
    [
      "a later version",
      () => withMetadata("formatVersion", "2"),
      /formatVersion: expected "1", received "2"/,
    ],
    ["no head", () => withArchitecture(/,"head":.*/, "}"), /loadClassifier.head: expected an object/],
    [
      "a head without a name",
      () => withArchitecture('"head":"pooledHead",', ""),
      /expected one of denseHead/,
    ],
    [
      "a head called like a part of every object",
      () => withArchitecture('"head":"pooledHead"', '"head":"constructor"'),
      /expected one of denseHead, mixtureHead, pooledHead, received "constructor"/,
    ],
    [
      "another head, whose options do not fit",
      () => withArchitecture('"head":"pooledHead"', '"head":"denseHead"'),
      /denseHead.norm: expected one of none, batch-norm/,
    ],
    [
      "a head of another shape",
      () => withArchitecture(/("head":"pooledHead","config":\{"inputShape":)\[2,2,4\]/, "$1[2,2,5]"),
      /createClassifier: chain -> pooledHead: expected \[2, 2, 4\], received \[2,2,5\]/,
    ],
    ["a single class", () => withArchitecture('"classes":3', '"classes":1'), /pooledHead.classes: expected/],
    ["classes as text", () => withArchitecture('"classes":3', '"classes":"3"'), /expected a finite number/],
    [
      "another number of classes",
      () => withArchitecture('"classes":3', '"classes":4'),
      /expected F32 \[4, 4\]/,
    ],
    [
      "a million classes",
      () => withArchitecture('"classes":3', '"classes":1048576'),
      /at most \d+ numbers in variables, for the file holds/,
    ],
    [
      "features far larger than the file",
      () => withArchitecture(/("head":"pooledHead","config":\{"inputShape":)\[2,2,4\]/, "$1[2,2,1e9]"),
      /examples of at most 16777216 numbers/,
    ],
    [
      "an unknown layer",
      () => withArchitecture('"layer":"actNorm"', '"layer":"myNorm"'),
      /expected a layer among/,
    ],
    [
      "a missing array",
      () => withTensor("head.weight", undefined),
      /"head.weight": expected F32 \[4, 3\], received none/,
    ],
    [
      "an array of NaN",
      () => withTensor("head.bias", { dtype: "F32", shape: [3], data: Float32Array.of(0, NaN, 0) }),
      /"head.bias": expected finite numbers, received NaN/,
    ],
  ])("is refused and leaves nothing behind: %s", async (_, make, message) => {
    const file = make();
    const before = memory().numTensors;
    const error = await loadClassifier(file, { layers }).catch((caught: unknown) => caught as Error);
    expect((error as Error).message).toMatch(message);
    expect(FileFormatError.is(error)).toBe(true);
    expect(memory().numTensors).toBe(before);
  });

  it("loads or is refused when any byte is changed or the file cut short", async () => {
    const before = memory().numTensors;
    let [loads, refusals] = [0, 0];
    const attempt = async (file: Uint8Array) => {
      try {
        disposeClassifier(await loadClassifier(file, { layers }));
        loads++;
      } catch (error) {
        if (!FileFormatError.is(error) && !NotCertifiedError.is(error)) throw error;
        refusals++;
      }
    };
    for (let length = 0; length < bytes.length; length += 37) await attempt(bytes.subarray(0, length));
    const cut = refusals;
    expect(loads).toBe(0);
    for (let at = 0; at < bytes.length; at += 11) {
      const changed = bytes.slice();
      changed[at]! ^= 1 << random.fold(at).integers(1, 0, 8)[0]!;
      await attempt(changed);
    }
    expect(loads).toBeGreaterThan(20); // changed numbers in the data
    expect(refusals).toBeGreaterThan(cut + 20);
    expect(memory().numTensors).toBe(before);
  });

  it("is refused before any initial value of it is computed", async () => {
    const greedy: HeadType = {
      head: "pooledHead",
      build: (_, { random: key }) => {
        key.fold("weights").normal([30_000, 30_000]);
        throw new Error("not reached");
      },
    };
    await expect(loadClassifier(bytes, { layers, heads: [greedy] })).rejects.toThrow(
      /loadClassifier architecture: layers: expected at most \d+ numbers made from nothing/,
    );
    await expect(loadClassifier(zeros([1]) as never, { layers })).rejects.toThrow(
      "loadClassifier bytes: expected a Uint8Array or an ArrayBuffer",
    );
  });
});
