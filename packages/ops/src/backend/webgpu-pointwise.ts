import { registerShader, workgroup } from "./webgpu-program.ts";

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

/** Registers elementwise functions. */
export function registerPointwiseShaders(): void {
  for (const [name, expression] of Object.entries(functions)) {
    registerMap(name, ["x"], expression);
    registerMap(`${name}Times`, ["dy", "x"], `dy * (${expression})`);
  }
  for (const [name, expression] of Object.entries(functionsOfTwo)) registerMap(name, ["x", "b"], expression);
  for (const [name, expression] of Object.entries(productsOfTwo))
    registerMap(name, ["dy", "x", "b"], expression);
  for (const [name, expression] of Object.entries(sumsOfTwo))
    registerMap(name, ["dy", "ds", "x", "b"], expression);
  registerMap("EluTwinsByX", ["dy", "ds", "x"], "(dy + ds * select(0.0, 1.0, x <= 0.0)) * exp(min(x, 0.0))");
}

/** Registers an expression in entries of the inputs, which have one shape. b is a single number. */
function registerMap(name: string, inputNames: readonly string[], expression: string): void {
  registerShader({
    name,
    inputNames,
    code: shader(inputNames, expression),
    callOf(operands) {
      const { shape, size } = operands[inputNames.indexOf("x")]!;
      const fits = operands.every((operand, i) => operand.size === (inputNames[i] === "b" ? 1 : size));
      return fits ? { shape, workgroups: Math.ceil(size / workgroup) } : undefined;
    },
  });
}

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
