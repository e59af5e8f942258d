import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resultsSchema } from "../results/schema.ts";
import { runCommand } from "../../test-support/command.ts";

/** The model of the README, in two files. */
const model = `
import { vectorGlow } from "./parts.js";

export const twoSteps = {
  title: "Two steps",
  kinds: ["plane", "table"],
  training: () => ({ steps: 100, optimizer: "adam", learningRate: 1e-2, finalRate: 0.02, checkpointEvery: 50 }),
  build({ shape, random }) {
    const hidden = [16];
    return {
      flow: vectorGlow({ features: shape[0], random, steps: 2, hidden }),
      architecture: { steps: 2, hidden },
      logDet: "sum of the couplings' log-scales",
    };
  },
};
`;

const dataset = `
const ring = (count, seed) => ({
  values: Float32Array.from({ length: 2 * count }, (_, i) => {
    const angle = (i >> 1) * 2.399963 + seed;
    return (i % 2 === 0 ? Math.cos(angle) : Math.sin(angle)) * (1.5 + 0.5 * Math.sin(7 * (i >> 1)));
  }),
  shape: [2],
  count,
});

export default {
  title: "a ring",
  kind: "plane",
  load: ({ train, test, trainSeed, testSeed }) => ({ train: ring(train, trainSeed), test: ring(test, testSeed) }),
};
`;

describe("entries from outside the repository", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "bench-outside-"));
    writeFileSync(join(folder, "model.js"), model);
    writeFileSync(
      join(folder, "parts.js"),
      'export { vectorGlow } from "@invertible/models"; import "@invertible/errors"; import "@invertible/spectral-norm";',
    );
    // Packages of its own lie beside it; the benchmark's are used all the same.
    const own = join(folder, "node_modules", "@invertible", "models");
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, "package.json"), '{ "type": "module", "exports": "./index.js" }');
    writeFileSync(join(own, "index.js"), 'throw new Error("another copy of the package");');
    writeFileSync(join(folder, "ring.js"), dataset);
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("take part in every table and figure, with a colour of their own", async () => {
    const { exitCode, errors, output } = await runCommand(
      [
        ...["--model", "mine=./model.js", "--dataset", "ring=ring.js"],
        ...["--models", "glow,mine", "--datasets", "ring", "--steps", "3", "--out", "out"],
      ],
      folder,
    );
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: "" });
    expect(output).toMatch(/│ glow .*nats/);
    expect(output).toMatch(/│ mine .*nats/);

    const text = readFileSync(join(folder, "out", "results.json"), "utf8");
    const { jobs, rules } = resultsSchema.parse(JSON.parse(text));
    expect(jobs.map(({ name }) => name)).toEqual(["ring-glow", "ring-mine"]);
    const measured = jobs.map(({ metrics }) => Object.keys(metrics));
    expect(measured[1]!.length).toBeGreaterThan(4);
    // What belongs to the data alone is measured once.
    expect(measured[0]!.filter((metric) => !measured[1]!.includes(metric))).toEqual(["data-entropy"]);
    // It is far smaller than Glow, and the report says so.
    expect(rules.filter(({ violations }) => violations.length > 0).map(({ name }) => name)).toEqual([
      "same-size",
    ]);
    const report = readFileSync(join(folder, "out", "report.html"), "utf8");
    expect(report).toMatch(/--model-mine: #[0-9a-f]{6};/);
    expect(report).toContain("<figcaption>mine</figcaption>");
    expect(report).toContain("The data are a ring.");

    writeFileSync(join(folder, "model.js"), `${model}\n// changed`);
    const resumed = await runCommand(["--resume", "--out", "out"], folder);
    expect(resumed.exitCode).toBe(2);
    expect(resumed.errors).toContain("--resume: expected the content of --model mine=model.js");
  });

  it.each([
    ["a missing file", "mine=nowhere.js", /--model mine: expected a file, received .*nowhere\.js/],
    ["no entry", "mine=empty.js", /expected a module that exports one entry.*received exports none/],
    ["half an entry", "mine=half.js", /received one whose kinds does not fit/],
    ["a module that fails", "mine=broken.js", /expected a module that can be loaded/],
    ["a name that is taken", "glow=model.js", /--model: expected a name that is not taken, received "glow"/],
  ])("are refused in one line for %s", async (_, value, message) => {
    writeFileSync(join(folder, "empty.js"), "");
    writeFileSync(join(folder, "half.js"), "export default { training() {}, build() {} };");
    writeFileSync(join(folder, "broken.js"), 'import "./nothing.js";');
    const { exitCode, errors } = await runCommand(["--model", value], folder);
    expect(errors).toMatch(/^[^\n]+\n$/);
    expect(errors).toMatch(message);
    expect(exitCode).toBe(2);
  });
}, 600_000);
