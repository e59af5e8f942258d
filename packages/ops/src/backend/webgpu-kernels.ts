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
  readonly uniforms?: string;
  shaderKey: string;
  getUserCode(): string;
}
interface WebgpuBackend {
  runWebGPUProgram(
    program: Program,
    inputs: readonly tf.TensorInfo[],
    dtype: "float32",
    uniforms?: readonly { readonly type: "float32"; readonly data: readonly number[] }[],
  ): tf.TensorInfo;
}

/** Functions of x in WGSL, which `pointwise` calls `Invertible<Name>`. s is the logistic function. */
const functions: Readonly<Record<string, string>> = {
  SigmoidDerivative: "s(x) * s(-x)",
  EluDerivative: "exp(min(x, 0.0))",
  EluSecondDerivative: "select(0.0, exp(min(x, 0.0)), x <= 0.0)",
  SwishDerivative: swishDerivative("x"),
  SwishSecondDerivative: swishSecondDerivative("x"),
};

/** Functions of x and of a number b, in the notation of `lip-swish.ts`. */
const functionsOfTwo: Readonly<Record<string, string>> = {
  LipSwish: "x * s(b * x) / 1.1",
  LipSwishSlope: `${swishDerivative("b * x")} / 1.1`,
};
const productsOfTwo: Readonly<Record<string, string>> = {
  LipSwishSlopeTimes: `dy * ${swishDerivative("b * x")} / 1.1`,
  LipSwishByBetaTimes: "dy * x * x * s(b * x) * s(-b * x) / 1.1",
  LipSwishCurvatureTimes: `dy * b * ${swishSecondDerivative("b * x")} / 1.1`,
  LipSwishSlopeByBetaTimes: `dy * x * ${swishSecondDerivative("b * x")} / 1.1`,
};
/** The gradients of a function and its derivative at once. */
const sumsOfTwo: Readonly<Record<string, string>> = {
  LipSwishTwinsByX: `(dy * ${swishDerivative("b * x")} + ds * b * ${swishSecondDerivative("b * x")}) / 1.1`,
  LipSwishTwinsByB: `x * (dy * x * s(b * x) * s(-b * x) + ds * ${swishSecondDerivative("b * x")}) / 1.1`,
};

function swishDerivative(x: string): string {
  return `(s(${x}) * (1.0 + ${x} * s(-(${x}))))`;
}

/** 1 - 2 s(x) is -tanh(x / 2), which loses no digits. Far out the other factor is 0, so x may be clipped where tanh overflows. */
function swishSecondDerivative(x: string): string {
  return `(s(${x}) * s(-(${x})) * (2.0 - ${x} * tanh(clamp(0.5 * ${x}, -20.0, 20.0))))`;
}

/**
 * Registers kernels on WebGPU: for elementwise functions, and for what a layer with a limited norm computes at every step. Composed of
 * those of TensorFlow.js, each takes four to fifteen shaders, and starting them costs more than they compute. These take one each.
 */
export function registerWebgpuKernels(): void {
  for (const [name, expression] of Object.entries(functions)) {
    registerMap(name, ["x"], expression);
    registerMap(`${name}Times`, ["dy", "x"], `dy * (${expression})`);
  }
  for (const [name, expression] of Object.entries(functionsOfTwo)) registerMap(name, ["x", "b"], expression);
  for (const [name, expression] of Object.entries(productsOfTwo))
    registerMap(name, ["dy", "x", "b"], expression);
  for (const [name, expression] of Object.entries(sumsOfTwo))
    registerMap(name, ["dy", "ds", "x", "b"], expression);
  for (const [name, chain] of Object.entries(chains)) registerChain(name, chain);
  registerMap("EluTwinsByX", ["dy", "ds", "x"], "(dy + select(0.0, ds, x <= 0.0)) * exp(min(x, 0.0))");
}

/** Registers an expression in entries of the inputs, which have one shape. b is a single number. */
function registerMap(name: string, inputNames: readonly string[], expression: string): void {
  const kernelName = `Invertible${name}`;
  const code = shader(inputNames, expression);
  const kernelFunc: tf.KernelFunc = (call) => {
    const operands = inputNames.map((input) => call.inputs[input] as tf.Tensor);
    const { shape, size } = operands.at(inputNames.indexOf("x"))!;
    const fits = operands.every(
      (operand, i) => operand.dtype === "float32" && operand.size === (inputNames[i] === "b" ? 1 : size),
    );
    if (!fits) return tf.getKernel(kernelName, anyBackend)!.kernelFunc(call);
    const program: Program = {
      variableNames: inputNames.map((input) => `${input}Values`),
      outputShape: [...shape],
      workgroupSize: [workgroup, 1, 1],
      dispatchLayout: { x: shape.map((_, axis) => axis) },
      dispatch: [Math.ceil(size / workgroup), 1, 1],
      size: true,
      shaderKey: kernelName,
      getUserCode: () => code,
    };
    return (call.backend as WebgpuBackend).runWebGPUProgram(program, operands, "float32");
  };
  tf.registerKernel({ kernelName, backendName: "webgpu", kernelFunc });
}

const workgroup = 128;

/** A shader that keeps NaN: WGSL lets min, max and comparisons drop it. */
function shader(inputNames: readonly string[], expression: string): string {
  const values = inputNames.map(
    (input) => `let ${input} = f32(${input}Values[${input === "b" ? "0" : "index"}]);`,
  );
  return `
    fn s(x : f32) -> f32 {
      return 1.0 / (1.0 + exp(-x));
    }
    fn main(index : i32) {
      if (index < uniforms.size) {
        ${values.join(" ")}
        let y = ${expression};
        setOutputAtIndex(index, select(y, x, isnan(x)));
      }
    }`;
}

/** Sums over products of inputs, and the expression that follows from them. */
interface Chain {
  readonly inputNames: readonly string[];
  /** The name of each sum, and the factors of its terms. */
  readonly sums: Readonly<Record<string, readonly [string, string]>>;
  /** Declarations of numbers that follow from the sums and from the constant c. */
  readonly then: string;
  /** An entry of the result. */
  readonly result: string;
  /** The attribute that is c. */
  readonly constant?: string;
}

const capAt = "let m = select(max(sigma, c), sigma, isnan(sigma)); let factor = c / m;";
const chains: Readonly<Record<string, Chain>> = {
  Normalise: {
    inputNames: ["x"],
    sums: { squares: ["x", "x"] },
    then: "let factor = inverseSqrt(squares + 1e-30);",
    result: "x * factor",
  },
  SoftCap: {
    inputNames: ["weight", "normGradient"],
    sums: { sigma: ["weight", "normGradient"] },
    then: capAt,
    result: "weight * factor",
    constant: "coefficient",
  },
  SoftCapGradient: {
    inputNames: ["dy", "weight", "normGradient"],
    sums: { sigma: ["weight", "normGradient"], along: ["dy", "weight"] },
    then: `${capAt} let slope = select(0.0, factor / m * along, sigma > c);`,
    result: "dy * factor - normGradient * slope",
    constant: "coefficient",
  },
};

/** A chain runs in one workgroup. For more numbers than this, several shaders that use the whole GPU are faster. */
const largestChain = 2 ** 16;

/** Registers a chain. All inputs and the result have as many numbers. */
function registerChain(name: string, chain: Chain): void {
  const kernelName = `Invertible${name}`;
  const { inputNames, constant } = chain;
  const code = chainShader(chain);
  const kernelFunc: tf.KernelFunc = (call) => {
    const operands = inputNames.map((input) => call.inputs[input] as tf.Tensor);
    const { shape, size } = operands[0]!;
    const fits =
      size > 0 &&
      size <= largestChain &&
      operands.every((operand) => operand.dtype === "float32" && operand.size === size);
    if (!fits) return tf.getKernel(kernelName, anyBackend)!.kernelFunc(call);
    const program: Program = {
      variableNames: inputNames.map((input) => `${input}Values`),
      outputShape: [...shape],
      workgroupSize: [workgroup, 1, 1],
      dispatchLayout: { x: shape.map((_, axis) => axis) },
      dispatch: [1, 1, 1],
      size: true,
      ...(constant !== undefined && { uniforms: "c : f32," }),
      shaderKey: kernelName,
      getUserCode: () => code,
    };
    const data = constant === undefined ? [] : [call.attrs![constant] as number];
    const uniforms = data.map((c) => ({ type: "float32", data: [c] }) as const);
    return (call.backend as WebgpuBackend).runWebGPUProgram(program, operands, "float32", uniforms);
  };
  tf.registerKernel({ kernelName, backendName: "webgpu", kernelFunc });
}

/** Each thread adds up every 128th term, then half of the threads add the sums of the other half, and so on. */
function chainShader({ inputNames, sums, then, result, constant }: Chain): string {
  const names = Object.keys(sums);
  const each = (line: (name: string, factors: readonly [string, string]) => string) =>
    names.map((name) => line(name, sums[name]!)).join(" ");
  return `
    ${each((name) => `var<workgroup> ${name}Parts : array<f32, ${workgroup}>;`)}
    fn main(index : i32) {
      let thread = i32(localId.x);
      ${each((name) => `var ${name}Own = 0.0;`)}
      for (var i = thread; i < uniforms.size; i = i + ${workgroup}) {
        ${each((name, [a, b]) => `${name}Own = ${name}Own + f32(${a}Values[i]) * f32(${b}Values[i]);`)}
      }
      ${each((name) => `${name}Parts[thread] = ${name}Own;`)}
      workgroupBarrier();
      for (var half = ${workgroup / 2}; half > 0; half = half / 2) {
        if (thread < half) {
          ${each((name) => `${name}Parts[thread] = ${name}Parts[thread] + ${name}Parts[thread + half];`)}
        }
        workgroupBarrier();
      }
      ${each((name) => `let ${name} = ${name}Parts[0];`)}
      ${constant === undefined ? "" : "let c = uniforms.c;"}
      ${then}
      for (var i = thread; i < uniforms.size; i = i + ${workgroup}) {
        ${inputNames.map((input) => `let ${input} = f32(${input}Values[i]);`).join(" ")}
        setOutputAtIndex(i, ${result});
      }
    }`;
}
