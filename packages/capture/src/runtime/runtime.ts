/** Numbers as a runtime takes and gives them. */
export interface RuntimeArray {
  readonly dtype: "float32" | "int32" | "bool";
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/** A graph that is ready to run. */
export interface Session {
  /** Computes all outputs from all inputs, by their names. */
  run(inputs: Readonly<Record<string, RuntimeArray>>): Promise<Record<string, RuntimeArray>>;
  /** Frees the graph. */
  release(): Promise<void>;
}

/** What executes ONNX models. */
export interface Runtime {
  readonly name: string;
  readonly version: string;
  /** Prepares a model. */
  open(model: Uint8Array, options: { readonly threads: number }): Promise<Session>;
}
