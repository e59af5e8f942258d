import type { Tensor, Variable } from "@tensorflow/tfjs";

export type { Tensor, Variable };

/** Sizes of a tensor's axes, without the leading batch axis. */
export type Shape = readonly number[];

/** Anything JSON can hold; layer configurations are made of it. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Parameters or state under their stable names. */
export type NamedVariables = Readonly<Record<string, Variable>>;
