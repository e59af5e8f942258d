import * as tf from "@tensorflow/tfjs-core";
import { reduction, registerShader, workgroup } from "./webgpu-program.ts";

/** Registers what a layer with a limited norm computes at every step. Each is one workgroup, whose threads add up together. */
export function registerSpectralNormShaders(): void {
  for (const [name, chain] of Object.entries(chains)) registerChain(name, chain);
  registerSingularVectors();
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

/** A chain runs in one workgroup. More numbers than this are left to several shaders, which use the whole GPU. */
const largestChain = 2 ** 16;

/** Registers a chain. All inputs and the result have as many numbers. */
function registerChain(name: string, chain: Chain): void {
  const { inputNames, constant } = chain;
  registerShader({
    name,
    inputNames,
    code: chainShader(chain),
    callOf(operands, attributes) {
      const { shape, size } = operands[0]!;
      if (size > largestChain || operands.some((operand) => operand.size !== size)) return undefined;
      const c = constant && ({ type: "float32", value: attributes[constant] as number } as const);
      return { shape, workgroups: 1, ...(c && { uniforms: { c } }) };
    },
  });
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

/** The longest vector that the shader has room for. */
const longestVector = 1024;

/**
 * Power iteration of a matrix W or W', as `matrixVectors` of `@invertible/spectral-norm` says it. The shader writes u and, behind it,
 * the next v.
 */
function registerSingularVectors(): void {
  registerShader({
    name: "SingularVectors",
    inputNames: ["weight", "v"],
    code: singularVectorsShader,
    callOf([weight, v], { transposed, iterations }) {
      const [rows, columns] = weight!.shape as [number, number];
      if (rows * columns > largestChain || Math.max(rows, columns) > longestVector) return undefined;
      const whole = (value: number) => ({ type: "int32", value }) as const;
      const [start, end] = transposed ? [columns, rows] : [rows, columns];
      return {
        shape: [1, rows + columns],
        workgroups: 1,
        uniforms: {
          start: whole(v!.size),
          end: whole(end),
          // The steps through the weight from one entry of the vectors to the next.
          startStep: whole(transposed ? 1 : columns),
          endStep: whole(transposed ? columns : 1),
          iterations: whole(iterations as number),
          weights: whole(start * end),
        },
      };
    },
    resultsOf(both, [, v]) {
      const length = both.size - v!.size;
      return [tf.slice(both, [0, 0], [1, length]), tf.slice(both, [0, length], [1, v!.size])];
    },
  });
}

const singularVectorsShader = `
  var<workgroup> image : array<f32, ${longestVector}>;
  var<workgroup> back : array<f32, ${longestVector}>;
  ${reduction("total", (a, b) => `${a} + ${b}`)}
  ${reduction("largest", (a, b) => `max(${a}, ${b})`)}
  fn normaliseBack(thread : i32) {
    var own = 0.0;
    for (var i = thread; i < uniforms.start; i = i + ${workgroup}) { own = own + back[i] * back[i]; }
    let factor = inverseSqrt(total(thread, own) + 1e-30);
    for (var i = thread; i < uniforms.start; i = i + ${workgroup}) { back[i] = back[i] * factor; }
    workgroupBarrier();
  }
  fn main(index : i32) {
    let thread = i32(localId.x);
    // Weights above 2^20 are divided by a number, so that no square overflows.
    var own = 0.0;
    for (var i = thread; i < uniforms.weights; i = i + ${workgroup}) { own = max(own, abs(f32(weightValues[i]))); }
    let scale = 1.0 / max(1.0, largest(thread, own) * ${2 ** -20});
    for (var i = thread; i < uniforms.start; i = i + ${workgroup}) { back[i] = f32(vValues[i]); }
    workgroupBarrier();
    for (var k = 0; k < uniforms.iterations; k = k + 1) {
      if (k > 0) { normaliseBack(thread); }
      for (var j = thread; j < uniforms.end; j = j + ${workgroup}) {
        var sum = 0.0;
        for (var i = 0; i < uniforms.start; i = i + 1) {
          sum = sum + back[i] * (scale * f32(weightValues[i * uniforms.startStep + j * uniforms.endStep]));
        }
        image[j] = sum;
      }
      workgroupBarrier();
      for (var i = thread; i < uniforms.start; i = i + ${workgroup}) {
        var sum = 0.0;
        for (var j = 0; j < uniforms.end; j = j + 1) {
          sum = sum + image[j] * (scale * f32(weightValues[i * uniforms.startStep + j * uniforms.endStep]));
        }
        back[i] = sum;
      }
      workgroupBarrier();
    }
    var squares = 0.0;
    for (var j = thread; j < uniforms.end; j = j + ${workgroup}) { squares = squares + image[j] * image[j]; }
    let factor = inverseSqrt(total(thread, squares) + 1e-30);
    for (var j = thread; j < uniforms.end; j = j + ${workgroup}) { setOutputAtIndex(j, image[j] * factor); }
    // The added part is below float32 rounding, unless A v = 0.
    normaliseBack(thread);
    for (var i = thread; i < uniforms.start; i = i + ${workgroup}) { back[i] = back[i] + 1e-9 * f32(vValues[i]); }
    workgroupBarrier();
    normaliseBack(thread);
    for (var i = thread; i < uniforms.start; i = i + ${workgroup}) { setOutputAtIndex(uniforms.end + i, back[i]); }
  }`;
