import { readFile } from "node:fs/promises";
import { layersOf } from "@invertible/bijection";
import { UnsupportedError, checkChoice, checkOptions, checkPositiveInteger, fail } from "@invertible/errors";
import {
  checkFinite,
  checkFlow,
  decodeSafetensors,
  failNonFinite,
  flowArchitecture,
  readVariables,
  saveFlow,
} from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { createRandom, dispose, watchVariables, zeros } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { encodeModel } from "../onnx/encode-model.ts";
import { generaliseBatch } from "../onnx/generalise-batch.ts";
import type { Graph } from "../onnx/graph.ts";
import { recordGraph } from "../program.ts";
import { recordingRandom } from "../trace/recording-random.ts";
import type { Draw } from "../trace/recording-random.ts";
import { inTurn } from "../trace/in-turn.ts";

/** What can be exported of a flow. */
export type ExportedFunction = "logProb" | "latent" | "inverse";

/** Options of `exportOnnx`. */
export interface ExportOnnxOptions {
  /** The number of examples that the file takes at a time. Default "any". */
  readonly batchSize?: number | "any";
  /** For a conditional flow, how many numbers its condition has for each example. The file then has an input `condition`. */
  readonly conditionFeatures?: number;
  /** For "inverse" with iterative layers, how many steps each of them makes. Default: what its own tolerance needs. */
  readonly inverseSteps?: number;
}

/** The name and version of what this file writes into the metadata. */
const format = "invertible-onnx";
const formatVersion = "1";

const where = "exportOnnx";
const exported: Readonly<Record<ExportedFunction, { readonly input: string; readonly output: string }>> = {
  logProb: { input: "x", output: "logProb" },
  latent: { input: "x", output: "z" },
  inverse: { input: "z", output: "x" },
};

/**
 * Writes a function of a flow as an ONNX file, for any runtime of ONNX. It has only operations of ONNX itself, in version 17. Weights are
 * constants in it, with their present values.
 *
 * - "logProb" takes `x` [B, ...] and gives `logProb` [B], in nats.
 * - "latent" takes `x` and gives the latents `z`.
 * - "inverse" takes `z` and gives `x`. Iterative layers make a fixed number of steps, which the metadata state. They do not look at
 *   their error.
 *
 * A conditional flow also takes `condition` [B, conditionFeatures]. Where the flow draws random numbers, the file has an input for each
 * draw, `noise.0` and so on. Whoever runs it draws them anew for each run, from the distributions that the metadata name.
 *
 * The metadata are texts: `format`, `formatVersion`, `package`, `what`, `units`, `batchSize`, `architecture` (as in a saved flow),
 * `logDet`, `logDetBias` and `likelihood` (the traits of the flow), `noise` (JSON, a list of name, distribution and shape), and, for an
 * iterative inverse, `inverseSteps` (JSON, a list of path, layer and steps) and the proven Lipschitz constants as `certificate`.
 *
 * The flow is evaluated on the active backend, "wasm" or "cpu", on three small batches of zeros, or one of the given size.
 *
 * @throws UnsupportedError for a flow that cannot be recorded, has no inverse, or does other things for other batch sizes.
 * @throws NonFiniteError naming the first variable that holds NaN or infinity.
 * @throws ArgumentError for options out of range or without effect.
 */
export async function exportOnnx(
  flow: Flow,
  what: ExportedFunction,
  options: ExportOnnxOptions = {},
): Promise<Uint8Array> {
  checkFlow(where, flow);
  checkChoice(`${where} what`, what, Object.keys(exported));
  checkOptions(where, options, {
    batchSize: "optional",
    conditionFeatures: "optional",
    inverseSteps: "optional",
  });
  const { batchSize = "any", conditionFeatures, inverseSteps } = options;
  if (batchSize !== "any") checkPositiveInteger(`${where}.batchSize`, batchSize);
  if (conditionFeatures !== undefined) checkPositiveInteger(`${where}.conditionFeatures`, conditionFeatures);
  const iterative = iterativeLayers(flow, what, inverseSteps);
  const variables = { ...flow.parameters, ...flow.state };
  const unchanged = watchVariables(Object.values(variables));
  checkFinite(where, await readVariables(variables), failNonFinite);
  const metadata: Record<string, string> = {
    ...{ format, formatVersion, package: await packageName(), what },
    ...(what === "logProb" && { units: "nats" }),
    batchSize: String(batchSize),
    architecture: flowArchitecture(flow),
    logDet: flow.traits.logDet,
    logDetBias: String(flow.traits.logDetBias),
    likelihood: flow.traits.likelihood,
  };
  const noise: { readonly draws: Draw[] }[] = [];
  const record = (batch: number) =>
    inTurn(async () => {
      const draws: Draw[] = [];
      noise.push({ draws });
      const { graph } = await recordFlow({ flow, what, options, batch, draws });
      return { batch, graph };
    });
  let graph: Graph;
  if (batchSize === "any") {
    const sized = [];
    for (const batch of batchesFor(flow)) sized.push(await record(batch));
    graph = generaliseBatch(where, exported[what].input, sized);
  } else ({ graph } = await record(batchSize));
  checkCondition(graph, conditionFeatures);
  metadata["noise"] = JSON.stringify(noiseOf(graph, noise[0]!.draws));
  if (iterative.length > 0) {
    metadata["inverseSteps"] = JSON.stringify(iterative);
    const certificate = decodeSafetensors(await saveFlow(flow)).metadata.get("certificate");
    if (certificate !== undefined) metadata["certificate"] = certificate;
  }
  if (!unchanged())
    fail(where, "weights that stay the same during the export", "weights that were assigned to");
  return encodeModel(graph, metadata);
}

interface FlowRecording {
  readonly flow: Flow;
  readonly what: ExportedFunction;
  readonly options: ExportOnnxOptions;
  readonly batch: number;
  readonly draws: Draw[];
}

/** Records the function for one batch of zeros. Its course depends on no number, so any would do. */
async function recordFlow({ flow, what, options, batch, draws }: FlowRecording) {
  const { conditionFeatures, inverseSteps } = options;
  const { bijection } = flow;
  const { input: inputName, output: outputName } = exported[what];
  const own: Tensor[] = [];
  const keep = (tensor: Tensor) => (own.push(tensor), tensor);
  const task = {
    logProb: flow.logProb.bind(flow),
    latent: bijection.forward.bind(bijection),
    inverse: bijection.inverse.bind(bijection),
  }[what];
  const shape = what === "inverse" ? bijection.outputShape : bijection.inputShape;
  try {
    return await recordGraph(
      where,
      ({ recorder, input, inputArray, output }) => {
        const given = keep(zeros([batch, ...shape]));
        input(inputName, given);
        const condition = conditionFeatures && keep(zeros([batch, conditionFeatures]));
        if (condition) input("condition", condition);
        const random = recordingRandom(where, createRandom(0), recorder, draws);
        output(
          outputName,
          keep(
            task(given, {
              random,
              ...(condition && { condition }),
              ...(inverseSteps !== undefined && { inverseSteps }),
            }),
          ),
        );
        draws.forEach(({ array, shape }, i) => inputArray(`noise.${i}`, array, shape));
      },
      { portable: true, otherVariables: "constant" },
    );
  } finally {
    dispose(own);
  }
}

/** The layers that iterate in this direction, and how many steps they make. */
function iterativeLayers(flow: Flow, what: ExportedFunction, inverseSteps: number | undefined) {
  const { bijection, traits } = flow;
  if (what === "inverse" && traits.inverse === "none")
    throw new UnsupportedError(
      `${where}: expected a flow with an inverse, received one whose trait says it has none`,
    );
  const found =
    what === "inverse"
      ? layersOf(bijection, "bijection").flatMap(({ path, layer }) =>
          layer.solver ? [{ path, layer: layer.name, steps: layer.solver.steps }] : [],
        )
      : [];
  if (inverseSteps === undefined) return found.map(({ steps = null, ...each }) => ({ ...each, steps }));
  checkPositiveInteger(`${where}.inverseSteps`, inverseSteps);
  if (found.length === 0)
    fail(`${where}.inverseSteps`, `none, because no layer iterates in "${what}" of this flow`, inverseSteps);
  const unknown = found.find(({ steps }) => steps === undefined);
  if (unknown)
    throw new UnsupportedError(
      `${where}.inverseSteps: expected layers whose solver makes a number of steps, received ${unknown.layer} (${unknown.path})`,
    );
  return found.map((each) => ({ ...each, steps: inverseSteps }));
}

/** Three batch sizes that are the size of no axis of the flow, so that no size is mistaken for another. */
function batchesFor(flow: Flow): number[] {
  const { bijection, parameters, state } = flow;
  const shapes = [bijection.inputShape, bijection.outputShape].concat(
    [...Object.values(parameters), ...Object.values(state)].map(({ shape }) => shape),
  );
  const taken = new Set(shapes.flat());
  return [5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59]
    .filter((prime) => !taken.has(prime))
    .slice(0, 3);
}

function checkCondition({ inputs }: Graph, conditionFeatures: number | undefined): void {
  if (conditionFeatures !== undefined && !inputs.some(({ name }) => name === "condition"))
    fail(`${where}.conditionFeatures`, "none, because the flow uses no condition", conditionFeatures);
}

/** The noise inputs that the graph has. */
function noiseOf({ inputs }: Graph, draws: readonly Draw[]) {
  return draws.flatMap(({ distribution: { name: distribution, ...limits } }, i) => {
    const port = inputs.find(({ name }) => name === `noise.${i}`);
    return port ? [{ name: port.name, distribution, ...limits, shape: port.shape }] : [];
  });
}

async function packageName(): Promise<string> {
  const { name, version } = JSON.parse(
    await readFile(new URL("../../package.json", import.meta.url), "utf8"),
  ) as { readonly name: string; readonly version: string };
  return `${name} ${version}`;
}
