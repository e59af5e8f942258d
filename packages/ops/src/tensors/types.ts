import type { Tensor, Variable } from "@tensorflow/tfjs-core";

export type { Tensor, Variable };

/** The sizes of a tensor's axes, without the leading batch axis. */
export type Shape = readonly number[];

/** Parameters or state under their stable names. */
export type NamedVariables = Readonly<Record<string, Variable>>;
