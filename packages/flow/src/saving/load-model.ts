import {
  FileFormatError,
  NonFiniteError,
  NotCertifiedError,
  UnsupportedError,
  fail,
  failFormat,
} from "@invertible/errors";
import { freeingVariables, withinAllowance } from "@invertible/ops";
import type { Allowance } from "@invertible/ops";
import { readConfig } from "@invertible/bijection";
import type { Certificate, ConfigReader } from "@invertible/bijection";
import { canProve } from "./architecture-limits.ts";
import { asBytes } from "./as-bytes.ts";
import { disposeModel } from "../model.ts";
import type { Model } from "../model.ts";
import { readModelFile } from "./model-file.ts";
import type { ModelFile, ModelFormat } from "./model-file.ts";
import { checkCertificate, readCertificate } from "./stored-certificate.ts";
import { checkVariables, writeVariables } from "./stored-variables.ts";

/** How `loadModel` rebuilds one kind of model. */
export interface ModelLoading<M extends Model> {
  /** Begins the messages of errors: "loadFlow". */
  readonly where: string;
  /** The format that the file must have. */
  readonly format: ModelFormat;
  /** Builds the model from the architecture in the file, which is not trusted. The values of its variables are set afterwards. */
  readonly build: (architecture: ConfigReader) => M;
  /** What to do with a certificate in the file; see `LoadOptions`. Default "verify". */
  readonly certificate?: "verify" | "ignore" | undefined;
}

/**
 * Rebuilds a model from the bytes that `saveModel` made, with all the checks of `loadFlow`, whose documentation describes them. The
 * file may come from anybody. An error leaves nothing allocated.
 *
 * @throws ArgumentError for anything but a `Uint8Array` or an `ArrayBuffer`.
 * @throws FileFormatError for anything that is not a model of a known version of this format, with exactly its arrays, all of them
 * finite. Where `build` threw, `cause` holds its error.
 * @throws NotCertifiedError where a bound that the file claims cannot be proven from its weights.
 */
export async function loadModel<M extends Model>(
  bytes: Uint8Array | ArrayBuffer,
  { where, format, build, certificate = "verify" }: ModelLoading<M>,
): Promise<M> {
  if (certificate !== "verify" && certificate !== "ignore")
    fail(`${where} certificate`, '"verify" or "ignore"', certificate);
  const file = readModelFile(where, asBytes(where, bytes), format);
  const claimed = certificate === "verify" ? file.certificate : undefined;
  const stored = claimed === undefined ? undefined : readCertificate(`${where} certificate`, claimed);
  if (stored !== undefined && !canProve(file.totals, bytes.byteLength))
    throw new NotCertifiedError(
      `${where} certificate: expected images small enough to prove it in seconds, received ${file.totals.pixels} pixels in all ` +
        `layers together; certificate: "ignore" loads without a proof`,
    );
  const model = rebuilt(where, file, build);
  try {
    const variables = { ...model.parameters, ...model.state };
    const tensors = format.upgrades?.[file.version]?.(where, file.tensors, variables) ?? file.tensors;
    checkVariables(where, variables, tensors);
    writeVariables(variables, tensors);
    if (stored !== undefined) checkCertificate(`${where} certificate`, stored, await provenOf(where, model));
    return model;
  } catch (error) {
    disposeModel(model);
    throw error;
  }
}

/**
 * Certifies the model that a file describes. Its weights are finite, but what a layer makes of them may overflow. Such a file cannot
 * have obtained its certificate, so this is an error of the file.
 */
async function provenOf(where: string, model: Model): Promise<Certificate> {
  try {
    return await model.certify();
  } catch (cause) {
    if (UnsupportedError.is(cause))
      throw new NotCertifiedError(`${where} certificate: ${cause.message}`, { cause });
    if (!NonFiniteError.is(cause)) throw cause;
    return failFormat(`${where} certificate`, "weights of which one can be proven", cause.message, cause);
  }
}

function rebuilt<M extends Model>(
  where: string,
  { architecture, tensors }: ModelFile,
  build: ModelLoading<M>["build"],
): M {
  try {
    return freeingVariables(() =>
      withinAllowance(allowanceFor(tensors), () => build(readConfig(where, architecture))),
    );
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FileFormatError(`${where} architecture: ${reason}`, { cause });
  }
}

/**
 * Allows variables that the arrays of the file can fill, and a little more, so that small mistakes are found later and named.
 */
function allowanceFor(tensors: ModelFile["tensors"]): Allowance {
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
