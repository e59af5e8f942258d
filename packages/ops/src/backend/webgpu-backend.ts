import type * as tf from "@tensorflow/tfjs-core";
import { UnsupportedError } from "@invertible/errors";
import { describeCause, loadPackage } from "@invertible/errors";

/** The part of the WebGPU interface that is used here. Its full types are not in TypeScript's DOM library. */
interface Gpu {
  requestAdapter(options: { powerPreference: "high-performance" }): Promise<Adapter | null>;
}
interface Adapter {
  readonly features: ReadonlySet<string>;
  readonly limits: Readonly<Record<string, number>>;
  readonly info: AdapterInfo;
  requestDevice(descriptor: {
    requiredFeatures: string[];
    requiredLimits: Record<string, number>;
  }): Promise<unknown>;
}
interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
}
type BackendConstructor = new (device: unknown, info: AdapterInfo) => tf.KernelBackend;

/** The limits that are raised to what the adapter allows, as TensorFlow.js does. By default a buffer has at most 128 MiB. */
const limits = [
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupsPerDimension",
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxComputeWorkgroupSizeX",
  "maxComputeInvocationsPerWorkgroup",
];

/**
 * Creates the WebGPU backend without making it the current one. Under Node the `webgpu` package supplies `navigator.gpu`, which
 * must exist before the module of the backend is evaluated.
 *
 * The device is requested here and not by the backend's own factory. That factory passes a nested array among the features,
 * which browsers convert to a string and Dawn under Node refuses. It also fails on a missing adapter without saying so.
 *
 * @throws UnsupportedError naming what is missing.
 */
export async function createWebgpuBackend(
  where: string,
): Promise<{ backend: tf.KernelBackend; adapter: string }> {
  const gpu = await findGpu(where);
  const { WebGPUBackend } = await loadPackage(
    where,
    "@tensorflow/tfjs-backend-webgpu",
    () => import("@tensorflow/tfjs-backend-webgpu"),
  );
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) {
    throw new UnsupportedError(
      `${where}: expected a WebGPU adapter, received none; install a graphics driver or point ` +
        "VK_ICD_FILENAMES at a software Vulkan driver (SwiftShader comes with Chromium)",
    );
  }
  try {
    const device = await adapter.requestDevice({
      requiredFeatures: ["timestamp-query", "bgra8unorm-storage"].filter((feature) =>
        adapter.features.has(feature),
      ),
      requiredLimits: Object.fromEntries(limits.map((name) => [name, adapter.limits[name] ?? 0])),
    });
    const backend = new (WebGPUBackend as unknown as BackendConstructor)(device, adapter.info);
    return { backend, adapter: describeAdapter(adapter.info) };
  } catch (cause) {
    const received = describeCause(cause);
    throw new UnsupportedError(`${where}: expected a WebGPU device, received: ${received}`, { cause });
  }
}

async function findGpu(where: string): Promise<Gpu> {
  const present = (globalThis.navigator as { gpu?: Gpu } | undefined)?.gpu;
  if (present) return present;
  if (typeof process === "undefined" || process.versions?.node === undefined) {
    throw new UnsupportedError(
      `${where}: expected navigator.gpu, received none; use a browser with WebGPU and a secure context ` +
        "(https or localhost)",
    );
  }
  // The name is in a variable, so that bundlers for the browser do not follow this Node-only package.
  const packageName = "webgpu";
  const { create, globals } = (await loadPackage(
    where,
    packageName,
    () => import(/* @vite-ignore */ /* webpackIgnore: true */ packageName),
  )) as {
    create(options: string[]): Gpu;
    globals: object;
  };
  // TensorFlow.js reads GPUBufferUsage, GPUMapMode and others as globals.
  Object.assign(globalThis, globals);
  const gpu = create([]);
  if (globalThis.navigator === undefined) {
    // TensorFlow.js asks every navigator for its userAgent, and Node 20 has none.
    const navigator = { userAgent: `Node.js/${process.versions.node}` };
    Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
  }
  Object.defineProperty(globalThis.navigator, "gpu", { value: gpu, configurable: true });
  return gpu;
}

function describeAdapter({ vendor, architecture, device, description }: AdapterInfo): string {
  const parts = [vendor, architecture, description || device].filter((part) => part !== "");
  return parts.length > 0 ? parts.join(" ") : "unnamed adapter";
}
