import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { capture } from "../run/processes.mjs";
import { root } from "../run/repository.mjs";
import { layerReport as layerReportHere } from "./main.mjs";

const program = pathToFileURL(join(root, "tools/layer-report/main.mjs")).href;

/**
 * The report in a process of its own, since it runs vitest.
 *
 * @param {string[]} commandLine
 */
const layerReport = (...commandLine) =>
  capture(
    process.execPath,
    [
      "--input-type=module",
      "--eval",
      `import { layerReport } from ${JSON.stringify(program)};
       process.exitCode = await layerReport(${JSON.stringify(commandLine)});`,
    ],
    root,
  );

describe("layer-report", { timeout: 120_000 }, () => {
  it("prints what each law measured beside what is allowed, the costs, and what is proven", async () => {
    const { exitCode, output } = await layerReport("layers/act-norm");
    expect(output).toMatch(
      /^actNorm, features: \[3\] -> \[3\], exact log-det, analytic inverse, 6 parameters\n/,
    );
    expect(output).toMatch(/^shapes +holds$/m);
    expect(output).toMatch(/^round trip +holds +\S+e-[78] +1\.00e-4 +[\d.< ]+ +\S.*\((forward|inverse)\(/m);
    expect(output).toMatch(/^conditions +- +no `condition` was given$/m);
    expect(output).toMatch(/^29 laws hold, 0 are broken, 3 do not apply$/m);
    expect(output).toMatch(/^ms for 256 examples, wasm +this layer +actNorm +affineCoupling \(32\)$/m);
    expect(output).toMatch(/^inverse and log-det +\d+\.\d\d +\d+\.\d\d +\S+ x +\d+\.\d\d +\S+ x$/m);
    expect(output).toMatch(/^Lipschitz constants, proven .*: forward 1, inverse 1$/m);
    expect(output).toMatch(/Other lines of its tests: "layers\/actNorm, images"\s*$/);
    expect(exitCode).toBe(0);
  });

  it("refuses a layer that no test describes", async () => {
    const { exitCode, output } = await layerReport("layers/actNrm");
    expect(output).toMatch(/, one of actNorm, features; .*, received "actNrm"; did you mean "actNorm"\?\n$/);
    expect(exitCode).toBe(2);
  });

  it.each([
    [
      "layer/actNorm",
      /^layer-report: expected a package, one of .*, received "layer"; did you mean "layers"\?$/,
    ],
    [
      "errors/fail",
      /^layer-report: expected a package whose tests call describeBijection, received "errors"$/,
    ],
    ["actNorm", /^layer-report: expected <package>\/<layer>, received "actNorm"$/],
  ])("refuses %s", async (given, message) => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const exitCode = await layerReportHere([given]);
    const [[text] = []] = error.mock.calls;
    error.mockRestore();
    expect(text).toMatch(message);
    expect(exitCode).toBe(2);
  });
});
