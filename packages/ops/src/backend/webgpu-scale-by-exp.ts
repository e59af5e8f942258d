import { mostWorkgroups, reduction, registerShader, workgroup } from "./webgpu-program.ts";

/** Registers the kernels of `scaleByExp`. */
export function registerScaleByExpShaders(): void {
  registerShader({
    name: "ScaleByExp",
    inputNames: ["x", "logScale"],
    code: `
      fn main(index : i32) {
        if (index < uniforms.size) {
          let scale = exp(uniforms.factor * f32(logScaleValues[index % uniforms.columns]));
          setOutputAtIndex(index, f32(xValues[index]) * scale);
        }
      }`,
    callOf: ([x, logScale], { factor }) => ({
      shape: x!.shape,
      workgroups: Math.ceil(x!.size / workgroup),
      uniforms: {
        factor: { type: "float32", value: factor as number },
        columns: { type: "int32", value: logScale!.size },
      },
    }),
  });

  // A workgroup for each column. Each of its threads adds up every 128th row.
  registerShader({
    name: "ScaleByExpGradient",
    inputNames: ["dy", "x", "logScale"],
    code: `
      ${reduction("total", (a, b) => `${a} + ${b}`)}
      fn main(index : i32) {
        let thread = i32(localId.x);
        let column = i32(workgroupId.x);
        var own = 0.0;
        for (var i = thread * uniforms.size + column; i < uniforms.numbers; i = i + ${workgroup} * uniforms.size) {
          own = own + f32(dyValues[i]) * f32(xValues[i]);
        }
        let sum = total(thread, own);
        if (thread == 0) {
          let scale = exp(uniforms.factor * f32(logScaleValues[column]));
          setOutputAtIndex(column, sum * uniforms.factor * scale);
        }
      }`,
    callOf: ([, x, logScale], { factor }) =>
      x!.size === 0 || logScale!.size > mostWorkgroups
        ? undefined
        : {
            shape: logScale!.shape,
            workgroups: logScale!.size,
            uniforms: {
              factor: { type: "float32", value: factor as number },
              numbers: { type: "int32", value: x!.size },
            },
          },
  });
}
