import { UnsupportedError, loadPackage } from "@invertible/errors";
import type { Runtime, RuntimeArray, Session } from "./runtime.ts";

/** The part of onnxruntime-node that is used. Its types are not imported, because the package is optional. */
interface OrtTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}
interface OrtSession {
  readonly inputNames: readonly string[];
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
  release(): Promise<void>;
}
interface Ort {
  readonly Tensor: new (type: string, data: RuntimeArray["data"], dims: readonly number[]) => OrtTensor;
  readonly InferenceSession: {
    create(model: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<OrtSession>;
  };
  readonly env: { readonly versions: { readonly common: string; readonly node?: string } };
}

/** Versions that the tests know. Another major version may read graphs differently. */
const oldestMinor = 17;

/**
 * Loads onnxruntime-node, an optional peer of this package.
 *
 * @throws UnsupportedError where it is absent, too old, or has no binary for this platform.
 */
export async function loadOnnxruntimeNode(where: string): Promise<Runtime> {
  const packageName = "onnxruntime-node";
  const loaded = await loadPackage(
    where,
    packageName,
    () => import(packageName) as Promise<Ort & { default?: Ort }>,
  );
  const ort = loaded.default ?? loaded;
  const version = ort.env.versions.node ?? ort.env.versions.common;
  const [major, minor] = version.split(".").map(Number) as [number, number];
  if (major !== 1 || minor < oldestMinor)
    throw new UnsupportedError(
      `${where}: expected ${packageName} 1.${oldestMinor} or newer, below 2, received ${version}`,
    );
  return {
    name: packageName,
    version,
    async open(model, { threads }): Promise<Session> {
      const session = await ort.InferenceSession.create(model, {
        executionProviders: ["cpu"],
        // The graph is written as it shall run. Optimising it again takes longer than it saves.
        graphOptimizationLevel: "disabled",
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        // Errors only; it warns of every constant that nothing uses.
        logSeverityLevel: 3,
      });
      return {
        async run(inputs) {
          const feeds = Object.fromEntries(
            session.inputNames.map((name) => {
              const { dtype, data, shape } = inputs[name]!;
              return [name, new ort.Tensor(dtype, data, shape)];
            }),
          );
          const results = await session.run(feeds);
          return Object.fromEntries(
            Object.entries(results).map(([name, { type, data, dims }]) => [
              name,
              { dtype: type as RuntimeArray["dtype"], data, shape: dims },
            ]),
          );
        },
        release: () => session.release(),
      };
    },
  };
}
