import { describe } from "@invertible/bijection";
import { encodeSafetensors } from "./encode-safetensors.ts";
import type { Flow } from "./flow.ts";
import { readVariables } from "./stored-variables.ts";

/** What the metadata of a saved flow says about itself. */
export const flowFormat = "invertible-flow";
export const flowFormatVersion = "1";

/**
 * The flow as one safetensors file: every parameter and state variable under its stable name, and in the metadata
 * `format`, `formatVersion` and `architecture`, the JSON from which `loadFlow` rebuilds the layers. Equal flows give
 * equal bytes.
 *
 * Values are those at the moment of the call; a training step that runs meanwhile does not show.
 */
export async function saveFlow(flow: Flow): Promise<Uint8Array> {
  const architecture = flowArchitecture(flow);
  const tensors = await readVariables({ ...flow.parameters, ...flow.state });
  const metadata = new Map([
    ["format", flowFormat],
    ["formatVersion", flowFormatVersion],
    ["architecture", architecture],
  ]);
  return encodeSafetensors({ tensors, metadata });
}

/** The JSON text that `loadFlow` rebuilds a flow from, without the values of its variables. */
export function flowArchitecture({ bijection, base }: Flow): string {
  return JSON.stringify({ bijection: describe(bijection), base: { base: base.name, config: base.config } });
}
