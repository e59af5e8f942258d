import {
  ArgumentError,
  FileFormatError,
  NonFiniteError,
  NotCertifiedError,
  UnsupportedError,
  checkOptions,
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
import { standardLogisticType } from "../bases/standard-logistic.ts";
import { standardNormalType } from "../bases/standard-normal.ts";
import { checkVariables, writeVariables } from "./stored-variables.ts";
import { upgradeVersion1 } from "./upgrade-version-1.ts";

/** The types of all base distributions of this package, for `loadFlow`. */
export const baseTypes: readonly BaseType[] = [standardNormalType, diagonalNormalType, standardLogisticType];

/** Options of `loadFlow`. */
export interface LoadOptions {
  /** The layer types that the file may use. There is no global registry, so third-party layers load by being listed here. */
  readonly layers: readonly LayerType[];
  /** The base distributions that the file may use. Default: `baseTypes`. */
  readonly bases?: readonly BaseType[];
  /**
   * What to do with the certificate that a file may contain. "verify" (default) proves it again from the weights. This takes up
   * to seconds for large convolutions. "ignore" does not look at it.
   */
  readonly certificate?: "verify" | "ignore";
}

const where = "loadFlow";

/**
 * Rebuilds a flow from the bytes that `saveFlow` made. The file may come from anybody. Before it builds a layer, it checks the
 * header, the architecture and the numbers, and adds up what the architecture asks for. It builds layers without initial values,
 * and refuses them as soon as all their variables together are larger than the arrays in the file. It then compares every array
 * with its variable, and only then sets values. Last, it proves every bound of the certificate again, with a relative tolerance
 * of 1e-5. An error leaves nothing allocated.
 *
 * Files of format version 1 load too and give the same numbers up to float32 rounding.
 *
 * @throws ArgumentError for anything but a `Uint8Array` or an `ArrayBuffer`.
 * @throws FileFormatError for anything that is not a flow of a known format version, with known layers and exactly their arrays,
 * all of them finite. Where a layer refused its configuration, `cause` holds its error.
 * @throws NotCertifiedError where the weights do not have a Lipschitz bound that the file claims, naming the layer and both
 * numbers. Also thrown where a listed layer type cannot prove a bound, because it hides its weights, and where the proof would
 * take minutes.
 */
export async function loadFlow(bytes: Uint8Array | ArrayBuffer, options: LoadOptions): Promise<Flow> {
  checkOptions("loadFlow", options, { layers: "required", bases: "optional", certificate: "optional" });
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
    const tensors = file.version === "1" ? upgradeVersion1(where, file.tensors, variables) : file.tensors;
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
 * Certifies the flow that a file describes. Its weights are finite, but what a layer makes of them may overflow. Such a file cannot
 * have obtained its certificate, so this is an error of the file.
 */
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
 * Allows variables that the arrays of the file can fill, and a little more, so that small mistakes are found later and named.
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
