import { ArgumentError, checkOptions } from "@invertible/errors";
import { createRandom } from "@invertible/ops";
import type { JsonObject } from "@invertible/errors";
import { readConfig, rebuild } from "@invertible/bijection";
import type { LayerType } from "@invertible/bijection";
import type { BaseDistribution, BaseType } from "../bases/base-distribution.ts";
import { diagonalNormalType } from "../bases/diagonal-normal.ts";
import { createFlow } from "../flow.ts";
import type { Flow } from "../flow.ts";
import { normalMixtureType } from "../bases/normal-mixture.ts";
import { format } from "./flow-format.ts";
import { loadModel } from "./load-model.ts";
import { standardLogisticType } from "../bases/standard-logistic.ts";
import { standardNormalType } from "../bases/standard-normal.ts";

/** The types of all base distributions of this package, for `loadFlow`. */
export const baseTypes: readonly BaseType[] = [
  standardNormalType,
  diagonalNormalType,
  standardLogisticType,
  normalMixtureType,
];

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
  checkOptions(where, options, { layers: "required", bases: "optional", certificate: "optional" });
  const { layers, bases = baseTypes, certificate } = options;
  return loadModel(bytes, {
    where,
    format,
    certificate,
    build: (architecture) =>
      createFlow({
        bijection: rebuild(architecture.description("bijection"), layers, createRandom(0)),
        base: rebuildBase(architecture.object("base"), bases),
      }),
  });
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
