import type { Tensor, Variable } from "@tensorflow/tfjs";

export type { Tensor, Variable };

/** The sizes of a tensor's axes, without the leading batch axis. */
export type Shape = readonly number[];

/** Any value that JSON can hold. Configurations of layers consist of these. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Parameters or state under their stable names. */
export type NamedVariables = Readonly<Record<string, Variable>>;
