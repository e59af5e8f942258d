import {
  ArgumentError,
  FileFormatError,
  NonFiniteError,
  NotCertifiedError,
  UnsupportedError,
  fail,
  failFormat,
  readJsonObject,
} from "@invertible/errors";
import { createRandom, freeingVariables } from "@invertible/ops";
import type { Json, JsonObject } from "@invertible/errors";
import type { Random } from "@invertible/ops";
import { readConfig, rebuild } from "@invertible/bijection";
import type { Certificate, LayerType } from "@invertible/bijection";
import type { BaseDistribution, BaseType } from "../bases/base-distribution.ts";
import { boundedRandom } from "./bounded-random.ts";
import { decodeSafetensors } from "./decode-safetensors.ts";
import { diagonalNormalType } from "../bases/diagonal-normal.ts";
import { createFlow, disposeFlow } from "../flow.ts";
import type { Flow } from "../flow.ts";
import { flowFormat, flowFormatVersion } from "./save-flow.ts";
import { checkCertificate, readCertificate } from "./stored-certificate.ts";
import { standardNormalType } from "../bases/standard-normal.ts";
import { checkVariables, writeVariables } from "./stored-variables.ts";

export const baseTypes: readonly BaseType[] = [standardNormalType, diagonalNormalType];

export interface LoadOptions {
  /** The layer types the file may use. There is no registry: third-party layers load by being listed here. */
  readonly layers: readonly LayerType[];
  /** Default: `baseTypes`. */
  readonly bases?: readonly BaseType[];
  /**
   * "verify" (default): the certificate of the file, if it has one, is proven again from its weights, which takes up to seconds for
   * large convolutions, and half a minute for one that a file claims to see huge images. "ignore": it is not looked at.
   */
  readonly certificate?: "verify" | "ignore";
}

const where = "loadFlow";

/** Numbers in one example that any file may have; larger ones need a file with as many bytes. */
const freeExampleSize = 2 ** 24;

/**
 * Rebuilds a flow from the bytes `saveFlow` made. The whole file is checked (see `decodeSafetensors`), then the layers
 * are built, then every array is compared with the variable it is for, and only then are values set. Last, every bound of the
 * certificate is proven again, to a relative 1e-5. An error leaves nothing behind.
 *
 * @throws FileFormatError for anything that is not a flow of this format version with known layers and exactly their
 *   arrays; `cause` holds the layer's own error where it refused its configuration.
 * @throws NotCertifiedError where the weights do not have a Lipschitz bound that the file claims, naming the layer and both numbers;
 *   or where a layer type of the list cannot prove any, because it hides its weights.
 */
export async function loadFlow(bytes: Uint8Array, options: LoadOptions): Promise<Flow> {
  const { layers, bases = baseTypes, certificate = "verify" } = options;
  if (certificate !== "verify" && certificate !== "ignore")
    fail(`${where} certificate`, '"verify" or "ignore"', certificate);
  const { tensors, metadata } = decodeSafetensors(bytes);
  for (const [key, expected] of [
    ["format", flowFormat],
    ["formatVersion", flowFormatVersion],
  ] as const)
    if (metadata.get(key) !== expected)
      failFormat(`${where} ${key}`, JSON.stringify(expected), metadata.get(key));
  const architecture = readJsonObject(`${where} architecture`, metadata.get("architecture"));
  const claimed = certificate === "verify" ? metadata.get("certificate") : undefined;
  const stored = claimed === undefined ? undefined : readCertificate(`${where} certificate`, claimed);
  checkExampleSizes(architecture, Math.max(bytes.length, freeExampleSize));
  const flow = rebuildFlow(architecture, layers, bases, initialValues(bytes.length));
  try {
    const variables = { ...flow.parameters, ...flow.state };
    checkVariables(where, variables, tensors);
    writeVariables(variables, tensors);
    if (stored !== undefined) checkCertificate(`${where} certificate`, stored, await provenOf(flow));
    return flow;
  } catch (error) {
    disposeFlow(flow);
    throw error;
  }
}

/** A file whose weights are not finite cannot have had its certificate. */
async function provenOf(flow: Flow): Promise<Certificate> {
  try {
    return await flow.certify();
  } catch (cause) {
    if (UnsupportedError.is(cause))
      throw new NotCertifiedError(`${where} certificate: ${cause.message}`, { cause });
    if (!NonFiniteError.is(cause)) throw cause;
    return failFormat(`${where} certificate`, "finite weights", cause.message, cause);
  }
}

/** Zeros are made without asking anybody, so shapes are looked at before any layer is built. */
function checkExampleSizes(description: Json, largest: number): void {
  if (typeof description !== "object" || description === null) return;
  for (const [key, value] of Object.entries(description)) {
    const isShape = (key === "inputShape" || key === "shape") && Array.isArray(value);
    if (isShape && value.reduce((size: number, n) => size * Number(n), 1) > largest)
      failFormat(`${where} architecture`, `examples of at most ${largest} numbers`, value);
    checkExampleSizes(value, largest);
  }
}

/** No initial value can need more numbers than its array in a file of this size holds. */
function initialValues(fileSize: number): Random {
  return boundedRandom(createRandom(0), fileSize, (size) =>
    failFormat(
      `${where} architecture`,
      `layers that fit a file of ${fileSize} bytes`,
      `one with ${size} values`,
    ),
  );
}

function rebuildFlow(
  architecture: JsonObject,
  layers: readonly LayerType[],
  bases: readonly BaseType[],
  random: Random,
): Flow {
  try {
    return freeingVariables(() => {
      const read = readConfig(where, architecture);
      const bijection = rebuild(read.description("bijection"), layers, random);
      return createFlow({ bijection, base: rebuildBase(read.object("base"), bases) });
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FileFormatError(`${where} architecture: ${reason}`, { cause });
  }
}

function rebuildBase(description: JsonObject, bases: readonly BaseType[]): BaseDistribution {
  const read = readConfig(`${where} base`, description);
  const name = read.text("base");
  const type = bases.find(({ base }) => base === name);
  if (!type)
    throw new ArgumentError(
      `${where} base: expected one of [${bases.map(({ base }) => base).join(", ")}], received ${JSON.stringify(name)}`,
    );
  return type.build(read.object("config"));
}
