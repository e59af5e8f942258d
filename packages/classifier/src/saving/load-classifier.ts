import { readConfig, rebuild } from "@invertible/bijection";
import type { LayerType } from "@invertible/bijection";
import { checkOptions, fail } from "@invertible/errors";
import type { JsonObject } from "@invertible/errors";
import { loadModel } from "@invertible/flow";
import type { LoadOptions } from "@invertible/flow";
import { createRandom } from "@invertible/ops";
import { createClassifier } from "../create-classifier.ts";
import type { Classifier } from "../create-classifier.ts";
import type { Head, HeadType } from "../heads/head.ts";
import { headTypes } from "../heads/head-types.ts";
import { format } from "./classifier-format.ts";

/** Options of `loadClassifier`. */
export interface LoadClassifierOptions {
  /** The layer types that the file may use. There is no global registry, so third-party layers load by being listed here. */
  readonly layers: readonly LayerType[];
  /** The heads that the file may use. Default: `headTypes`. */
  readonly heads?: readonly HeadType[];
  /** What to do with the certificate that a file may contain: "verify" (default) or "ignore", as for `loadFlow`. */
  readonly certificate?: LoadOptions["certificate"];
}

const where = "loadClassifier";

/** Overwritten by the values in the file. */
const anyRandom = createRandom(0);

/**
 * Rebuilds a classifier from the bytes that `saveClassifier` made. The file may come from anybody. It passes the checks of `loadFlow`,
 * in the same order and with the same limits, and an error leaves nothing allocated.
 *
 * @throws ArgumentError for anything but a `Uint8Array` or an `ArrayBuffer`.
 * @throws FileFormatError for anything that is not a classifier of a known format version, with known layers, a known head and exactly
 * their arrays, all of them finite. Where a layer or the head refused its configuration, `cause` holds its error.
 * @throws NotCertifiedError where the features do not have a Lipschitz bound that the file claims, or the proof would take minutes.
 */
export async function loadClassifier(
  bytes: Uint8Array | ArrayBuffer,
  options: LoadClassifierOptions,
): Promise<Classifier> {
  checkOptions(where, options, { layers: "required", heads: "optional", certificate: "optional" });
  const { layers, heads = headTypes, certificate } = options;
  if (!Array.isArray(heads)) fail(`${where}.heads`, "a list of head types such as headTypes", heads);
  return loadModel(bytes, {
    where,
    format,
    certificate,
    build: (architecture) =>
      createClassifier({
        features: rebuild(architecture.description("features"), layers, anyRandom),
        head: rebuildHead(architecture.object("head"), heads),
      }),
  });
}

function rebuildHead(description: JsonObject, heads: readonly HeadType[]): Head {
  const read = readConfig(where, description);
  const name = read.choice(
    "head",
    heads.map(({ head }) => head),
  );
  return heads.find(({ head }) => head === name)!.build(read.object("config"), { random: anyRandom });
}
