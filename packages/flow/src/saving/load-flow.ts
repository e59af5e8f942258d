import {
  ArgumentError,
  FileFormatError,
  NonFiniteError,
  NotCertifiedError,
  UnsupportedError,
  fail,
  failFormat,
} from "@invertible/errors";
import { createRandom, freeingVariables, withinAllowance } from "@invertible/ops";
import type { JsonObject } from "@invertible/errors";
import type { Allowance } from "@invertible/ops";
import { readConfig, rebuild } from "@invertible/bijection";
import type { Certificate, LayerType } from "@invertible/bijection";
import type { BaseDistribution, BaseType } from "../bases/base-distribution.ts";
import { canProve } from "./architecture-limits.ts";
import { asBytes } from "./as-bytes.ts";
import { diagonalNormalType } from "../bases/diagonal-normal.ts";
import { createFlow, disposeFlow } from "../flow.ts";
import type { Flow } from "../flow.ts";
import { readFlowFile } from "./flow-file.ts";
import type { FlowFile } from "./flow-file.ts";
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
   * large convolutions. "ignore": it is not looked at.
   */
  readonly certificate?: "verify" | "ignore";
}

const where = "loadFlow";

/**
 * Rebuilds a flow from the bytes `saveFlow` made. The file may come from anybody. Before any layer is built, its header, its
 * architecture and its numbers are checked, and what the architecture asks for is added up. Layers are built without initial
 * values, and refused as soon as their variables, all together, are larger than the arrays in the file. Then every array is compared
 * with the variable it is for, and only then are values set. Last, every bound of the certificate is proven again, to a relative 1e-5.
 * An error leaves nothing behind.
 *
 * @throws ArgumentError for anything but a `Uint8Array` or an `ArrayBuffer`.
 * @throws FileFormatError for anything that is not a flow of this format version with known layers and exactly their
 *   arrays, all finite; `cause` holds the layer's own error where it refused its configuration.
 * @throws NotCertifiedError where the weights do not have a Lipschitz bound that the file claims, naming the layer and both numbers;
 *   where a layer type of the list cannot prove any, because it hides its weights; or where the proof would take minutes.
 */
export async function loadFlow(bytes: Uint8Array | ArrayBuffer, options: LoadOptions): Promise<Flow> {
  const { layers, bases = baseTypes, certificate = "verify" } = options;
  if (certificate !== "verify" && certificate !== "ignore")
    fail(`${where} certificate`, '"verify" or "ignore"', certificate);
  const file = readFlowFile(where, asBytes(where, bytes));
  const claimed = certificate === "verify" ? file.certificate : undefined;
  const stored = claimed === undefined ? undefined : readCertificate(`${where} certificate`, claimed);
  if (stored !== undefined && !canProve(file.totals, bytes.byteLength))
    throw new NotCertifiedError(
      `${where} certificate: expected images small enough to prove it in seconds, received ${file.totals.pixels} pixels in all ` +
        `layers together; certificate: "ignore" loads without a proof`,
    );
  const flow = rebuildFlow(file, layers, bases);
  try {
    const variables = { ...flow.parameters, ...flow.state };
    checkVariables(where, variables, file.tensors);
    writeVariables(variables, file.tensors);
    if (stored !== undefined) checkCertificate(`${where} certificate`, stored, await provenOf(flow));
    return flow;
  } catch (error) {
    disposeFlow(flow);
    throw error;
  }
}

/** The numbers are finite, but what a layer makes of them may overflow: such a file cannot have had its certificate. */
async function provenOf(flow: Flow): Promise<Certificate> {
  try {
    return await flow.certify();
  } catch (cause) {
    if (UnsupportedError.is(cause))
      throw new NotCertifiedError(`${where} certificate: ${cause.message}`, { cause });
    if (!NonFiniteError.is(cause)) throw cause;
    return failFormat(`${where} certificate`, "weights of which one can be proven", cause.message, cause);
  }
}

/**
 * What the arrays of the file can fill, and a little more: a small mistake is found later and told by name. Activations that are made
 * only to be asked for their slope count too.
 */
function allowanceFor(tensors: FlowFile["tensors"]): Allowance {
  const numbers = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  return {
    variables: 2 * tensors.size + 1000,
    variableNumbers: numbers + 2 ** 20,
    numbers: 4 * numbers + 2 ** 22,
    refuse: (what, most) =>
      failFormat(
        "layers",
        `at most ${most} ${what}, for the file holds ${tensors.size} arrays of ${numbers} numbers`,
        "more",
      ),
  };
}

function rebuildFlow(
  { architecture, tensors }: FlowFile,
  layers: readonly LayerType[],
  bases: readonly BaseType[],
): Flow {
  try {
    return freeingVariables(() =>
      withinAllowance(allowanceFor(tensors), () => {
        const read = readConfig(where, architecture);
        const bijection = rebuild(read.description("bijection"), layers, createRandom(0));
        return createFlow({ bijection, base: rebuildBase(read.object("base"), bases) });
      }),
    );
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
      `${where} base: expected one of [${bases.map(({ base }) => base).join(", ")}], received ${JSON.stringify(name.slice(0, 100))}`,
    );
  return type.build(read.object("config"));
}
