import { describeLayer } from "@invertible/bijection";
import { checkFlow } from "../flow.ts";
import type { Flow } from "../flow.ts";
import { format } from "./flow-format.ts";
import { saveModel } from "./save-model.ts";

/**
 * Writes a flow as one safetensors file. It holds every parameter and state variable under its stable name. The metadata holds
 * `format`, `formatVersion`, and `architecture`, the JSON from which `loadFlow` rebuilds the layers. If `flow.certify()` proves
 * anything about these weights, the metadata also holds its result as JSON under `certificate`. Equal flows give equal bytes on
 * one backend.
 *
 * The values are those at the moment of the call, even if a training step runs meanwhile. The proof takes longer. The file
 * therefore has no certificate where a variable was assigned before the proof was done. It also has none where an operator hides
 * its weights, or where the images are so large that a proof would take minutes.
 *
 * What is saved can be loaded. The file is read again with the checks that `loadFlow` makes, up to the layer types.
 *
 * Call `flow.enforce()` first if the bounds must hold on every backend to the last digit.
 *
 * @throws NonFiniteError naming the first variable that holds NaN or infinity.
 * @throws ArgumentError for a flow beyond the limits of `loadFlow`, or with a configuration that is no JSON, such as NaN.
 */
export async function saveFlow(flow: Flow): Promise<Uint8Array> {
  checkFlow("saveFlow", flow);
  return saveModel(flow, { where: "saveFlow", format, architecture: describe(flow) });
}

/** The JSON text from which `loadFlow` rebuilds a flow, without the values of its variables. */
export function flowArchitecture(flow: Flow): string {
  return JSON.stringify(describe(flow));
}

function describe({ bijection, base }: Flow) {
  return { bijection: describeLayer(bijection), base: { base: base.name, config: base.config } };
}
