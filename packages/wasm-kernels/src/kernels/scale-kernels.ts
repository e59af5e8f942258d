import type { Tensor } from "@tensorflow/tfjs-core";
import { address } from "../native/native.ts";
import { overrideKernel } from "../native/override-kernel.ts";
import type { KernelCall } from "../native/override-kernel.ts";
import { withScratch } from "../native/split.ts";
import { mapRows } from "./by-row-kernels.ts";

/** Registers kernels that multiply channels by exp(factor * logScale), and sum their gradient up. */
export function registerScaleKernels(): void {
  overrideKernel("InvertibleScaleByExp", (call) => {
    const { x, logScale } = call.inputs as { x: Tensor; logScale: Tensor };
    if (!isCovered(call)) return undefined;
    const out = call.backend.makeOutput(x.shape, "float32");
    const [from, to] = [address(call.backend, x), address(call.backend, out)];
    const columns = logScale.size;
    withScales(call, (row) =>
      mapRows("multiplyRow", { x: from, row, out: to, rows: x.size / columns, columns }, call),
    );
    return out;
  });

  overrideKernel("InvertibleScaleByExpGradient", (call) => {
    const { dy, x, logScale } = call.inputs as { dy: Tensor; x: Tensor; logScale: Tensor };
    if (!isCovered(call)) return undefined;
    const out = call.backend.makeOutput(logScale.shape, "float32");
    const [p, q, to] = [dy, x, out].map((tensor) => address(call.backend, tensor)) as [
      number,
      number,
      number,
    ];
    const columns = logScale.size;
    withScales(call, (scales, factor) =>
      call.native["scaleByExpGradient"]!(p, q, scales, to, x.size / columns, columns, factor),
    );
    return out;
  });
}

function isCovered({ inputs }: KernelCall): boolean {
  return inputs["logScale"]!.size > 0 && Object.values(inputs).every(({ dtype }) => dtype === "float32");
}

/** Runs `use` with the address of exp(factor * logScale). */
function withScales(call: KernelCall, use: (scales: number, factor: number) => void): void {
  const logScale = call.inputs["logScale"]!;
  const factor = call.attributes["factor"] as number;
  const from = address(call.backend, logScale);
  withScratch(call, 4 * logScale.size, (scales) => {
    call.native["expOfRow"]!(from, scales, logScale.size, factor);
    use(scales, factor);
  });
}
