import * as ops from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, expect, it } from "vitest";
import { runBoth } from "../../test-support/compare-with-cpu.ts";
import { numbers } from "../../test-support/forms.ts";
import { runKernel } from "../../test-support/run-kernel.ts";
import type { Tensor } from "@invertible/ops";

beforeAll(() => startBackend("cpu"));

const one = (name: string, x: Tensor) => runKernel(name, { x }) as Tensor;

it("all kernels that ONNX lacks are listed, and only those that an output needs", async () => {
  const task = (x: Tensor) => {
    one("Sinh", x);
    return [one("Atan", x), ops.exp(one("Asinh", x)), one("Atan", ops.neg(x))];
  };
  await expect(runBoth((x) => task(x!), [numbers([3], "x")])).rejects.toThrow(
    "test: expected kernels that ONNX has, received Atan, Asinh",
  );
});

it("variables that nobody declared are refused, by their shape", async () => {
  const variable = ops.variable(ops.ones([3]), true, "forgotten");
  await expect(runBoth((x) => ops.mul(x!, variable), [numbers([3], "x")])).rejects.toThrow(
    "test: expected variables that are parameters or state of the flow, received forgotten of shape [3]",
  );
  ops.dispose(variable);
});
