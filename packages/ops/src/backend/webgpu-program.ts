import * as tf from "@tensorflow/tfjs-core";
import { anyBackend } from "../derivatives/define-op.ts";

/** What TensorFlow.js needs to know of a shader. Its WebGPU backend compiles it once for each `shaderKey` and kinds of shapes. */
interface Program {
  readonly variableNames: readonly string[];
  readonly outputShape: number[];
  readonly workgroupSize: [number, number, number];
  readonly dispatchLayout: { x: number[] };
  readonly dispatch: [number, number, number];
  /** Whether the shader is told the number of its results, as `uniforms.size`. */
  readonly size: true;
  /** Declares numbers of a call, as `uniforms.<name>`. */
  readonly uniforms: string;
  shaderKey: string;
  getUserCode(): string;
}
type Uniforms = readonly { readonly type: "float32" | "int32"; readonly data: readonly number[] }[];
interface WebgpuBackend {
  runWebGPUProgram(
    program: Program,
    inputs: readonly tf.TensorInfo[],
    dtype: "float32",
    uniforms: Uniforms,
  ): tf.TensorInfo;
}

/** How many threads a workgroup has. */
export const workgroup = 128;

/** WebGPU starts at most so many workgroups along an axis. */
export const mostWorkgroups = 65_535;

/** One call of a shader. */
export interface ShaderCall {
  readonly shape: readonly number[];
  readonly workgroups: number;
  /** Numbers for the shader by name, as `uniforms.<name>`. */
  readonly uniforms?: Readonly<
    Record<string, { readonly type: "float32" | "int32"; readonly value: number }>
  >;
}

/** A kernel that is one shader. */
export interface ShaderKernel {
  /** Without "Invertible". */
  readonly name: string;
  readonly inputNames: readonly string[];
  /** Its inputs are called `<name>Values`. */
  readonly code: string;
  /** Describes a call, or returns undefined for one that the shader does not cover. That goes to the composed form. */
  callOf(operands: readonly tf.Tensor[], attributes: tf.NamedAttrMap): ShaderCall | undefined;
  /** Makes the results of the kernel from that of the shader. Default: that one itself. */
  readonly resultsOf?: (result: tf.Tensor, operands: readonly tf.Tensor[]) => tf.Tensor[];
}

/** Registers a kernel for tensors of float32. */
export function registerShader({ name, inputNames, code, callOf, resultsOf }: ShaderKernel): void {
  const kernelName = `Invertible${name}`;
  const kernelFunc: tf.KernelFunc = (call) => {
    const operands = inputNames.map((input) => call.inputs[input] as tf.Tensor);
    const fits = operands.every(({ dtype }) => dtype === "float32");
    const found = fits ? callOf(operands, call.attrs ?? {}) : undefined;
    if (!found) return tf.getKernel(kernelName, anyBackend)!.kernelFunc(call);
    const { shape, workgroups, uniforms = {} } = found;
    const types = { float32: "f32", int32: "i32" };
    const program: Program = {
      variableNames: inputNames.map((input) => `${input}Values`),
      outputShape: [...shape],
      workgroupSize: [workgroup, 1, 1],
      dispatchLayout: { x: shape.map((_, axis) => axis) },
      // The index of a thread counts through both axes.
      dispatch: [Math.min(workgroups, mostWorkgroups), Math.ceil(workgroups / mostWorkgroups), 1],
      size: true,
      uniforms: Object.entries(uniforms)
        .map(([each, { type }]) => `${each} : ${types[type]},`)
        .join(" "),
      shaderKey: kernelName,
      getUserCode: () => code,
    };
    const data = Object.values(uniforms).map(({ type, value }) => ({ type, data: [value] }));
    const result = (call.backend as unknown as WebgpuBackend).runWebGPUProgram(
      program,
      operands,
      "float32",
      data,
    );
    if (!resultsOf) return result;
    return tf.tidy(() => {
      const { dataId, dtype } = result;
      return resultsOf(tf.engine().makeTensorFromDataId(dataId, [...shape], dtype), operands);
    });
  };
  tf.registerKernel({ kernelName, backendName: "webgpu", kernelFunc });
}

/**
 * A WGSL function that combines one number of each thread of a workgroup, and returns the result to all of them. All threads must call it.
 *
 * @param combine the expression for two numbers
 */
export function reduction(name: string, combine: (a: string, b: string) => string): string {
  const parts = `${name}Parts`;
  return `
    var<workgroup> ${parts} : array<f32, ${workgroup}>;
    fn ${name}(thread : i32, own : f32) -> f32 {
      ${parts}[thread] = own;
      workgroupBarrier();
      for (var half = ${workgroup / 2}; half > 0; half = half / 2) {
        if (thread < half) { ${parts}[thread] = ${combine(`${parts}[thread]`, `${parts}[thread + half]`)}; }
        workgroupBarrier();
      }
      let result = ${parts}[0];
      workgroupBarrier();
      return result;
    }`;
}
