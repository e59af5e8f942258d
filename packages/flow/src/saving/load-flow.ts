import {
  ArgumentError,
  FileFormatError,
  NonFiniteError,
  NotCertifiedError,
  UnsupportedError,
  checkOptions,
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

/** The types of all base distributions of this package, for `loadFlow`. */
export const baseTypes: readonly BaseType[] = [standardNormalType, diagonalNormalType];

/** Options of `loadFlow`. */
export interface LoadOptions {
  /** The layer types that the file may use. There is no global registry, so third-party layers load by being listed here. */
  readonly layers: readonly LayerType[];
  /** The base distributions that the file may use. Default: `baseTypes`. */
  readonly bases?: readonly BaseType[];
  /**
   * What to do with the certificate that a file may contain. "verify" (default) proves it again from the weights. This takes up
   * to seconds for large convolutions, and half a minute for a convolution that claims to work on huge images. "ignore" does
   * not look at it.
   */
  readonly certificate?: "verify" | "ignore";
}

const where = "loadFlow";

/**
 * How many numbers one example may have in any file, however small. A larger example needs a file of at least as many bytes.
 */
const freeExampleSize = 2 ** 24;

/**
 * Rebuilds a flow from the bytes that `saveFlow` made. It first checks the whole file (see `decodeSafetensors`) and builds the
 * layers. It then compares every array with its variable, and only then sets values. Last, it proves every bound of the
 * certificate again, with a relative tolerance of 1e-5. An error leaves nothing allocated.
 *
 * @throws FileFormatError for anything that is not a flow of this format version, with known layers and exactly their arrays.
 * Where a layer refused its configuration, `cause` holds its error.
 * @throws NotCertifiedError where the weights do not have a Lipschitz bound that the file claims, naming the layer and both
 * numbers. Also thrown where a listed layer type cannot prove a bound, because it hides its weights.
 */
export async function loadFlow(bytes: Uint8Array, options: LoadOptions): Promise<Flow> {
  checkOptions("loadFlow", options, { layers: "required", bases: "optional", certificate: "optional" });
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

/**
 * Certifies the flow that a file describes. A file whose weights are not finite cannot have obtained its certificate, so this
 * is an error of the file.
 */
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

/**
 * Checks the sizes of all shapes before any layer is built, because a layer may allocate zeros of its shape without drawing
 * from `random`.
 */
function checkExampleSizes(description: Json, largest: number): void {
  if (typeof description !== "object" || description === null) return;
  for (const [key, value] of Object.entries(description)) {
    const isShape = (key === "inputShape" || key === "shape") && Array.isArray(value);
    if (isShape && value.reduce((size: number, n) => size * Number(n), 1) > largest)
      failFormat(`${where} architecture`, `examples of at most ${largest} numbers`, value);
    checkExampleSizes(value, largest);
  }
}

/** A key that refuses layers which need more initial values than a file of this size can hold. */
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
