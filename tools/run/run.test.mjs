import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fingerprint } from "./fingerprint.mjs";
import { readJson, root, toolEnvironment, workspaceFolders } from "./repository.mjs";
import { explainInstallFailure } from "./set-up.mjs";
import { userFolder } from "./tasks.mjs";

/** @type {string} */
let folder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "invertible-run-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("fingerprint", () => {
  beforeEach(() => {
    for (const path of ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json"]) {
      cpSync(join(root, path), join(folder, path));
    }
    mkdirSync(join(folder, "packages/one"), { recursive: true });
    writeFileSync(join(folder, "packages/one/package.json"), "{}");
  });

  it("stays the same while nothing changes", () => {
    expect(fingerprint(folder)).toBe(fingerprint(folder));
  });

  it.each([
    ["the lockfile", "pnpm-lock.yaml"],
    ["a package.json", "packages/one/package.json"],
    ["the workspace settings", "pnpm-workspace.yaml"],
  ])("changes with %s", (_, path) => {
    const before = fingerprint(folder);
    writeFileSync(join(folder, path), "changed");
    expect(fingerprint(folder)).not.toBe(before);
  });

  it("changes with a new package, and ignores folders without a package.json", () => {
    const before = fingerprint(folder);
    mkdirSync(join(folder, "packages/two"));
    expect(fingerprint(folder)).toBe(before);
    writeFileSync(join(folder, "packages/two/package.json"), "{}");
    expect(fingerprint(folder)).not.toBe(before);
    expect(workspaceFolders(folder)).toEqual([".", "packages/one", "packages/two"]);
  });
});

describe("explainInstallFailure", () => {
  it.each([
    ["npm error code ENOTFOUND", /registry is unreachable/],
    ["ERR_PNPM_META_FETCH_FAIL  GET ...: connect ECONNREFUSED", /registry is unreachable/],
    [
      "ERR_PNPM_OUTDATED_LOCKFILE  Cannot install",
      /pnpm-lock\.yaml does not match.*npx pnpm@1\.2\.3 install/,
    ],
    ["ERR_PNPM_NO_SPACE", /failed/],
  ])("%s", (output, message) => {
    const text = explainInstallFailure(output, "pnpm@1.2.3");
    expect(text).toMatch(message);
    expect(text).not.toContain("\n");
  });
});

describe("repository", () => {
  it("pins the same pnpm for the first install and for turbo", () => {
    const { packageManager, devDependencies } = readJson("package.json");
    expect(packageManager).toBe(`pnpm@${devDependencies.pnpm}`);
  });

  it("puts the repository's tools first on PATH, however the variable is spelled", () => {
    expect(toolEnvironment({ Path: "/elsewhere" })).toMatchObject({
      Path: expect.stringMatching(/node_modules.\.bin.\/elsewhere$/),
      TURBO_TELEMETRY_DISABLED: "1",
    });
  });

  it("takes the folder in which npm was called, and only npm's word for it", () => {
    expect(userFolder({ npm_lifecycle_event: "bench", INIT_CWD: "/home/user" })).toBe("/home/user");
    expect(userFolder({ INIT_CWD: "/home/user" })).toBe(process.cwd());
  });
});

describe("the command line", () => {
  const run = (/** @type {string[]} */ ...commandLine) =>
    spawnSync(process.execPath, commandLine, { encoding: "utf8" });

  it("refuses an unknown task with the list of tasks", () => {
    const { status, stderr } = run(join(root, "tools/run.mjs"), "toString");
    expect(status).toBe(2);
    expect(stderr).toMatch(/^run: expected one of .*bench.*, received toString\n$/);
  });

  it("refuses an old Node with the expected and the received version", () => {
    const old = 'Object.defineProperty(process.versions, "node", { value: "18.20.8" });';
    const { status, stderr } = run(
      "--import",
      `data:text/javascript,${encodeURIComponent(old)}`,
      join(root, "tools/run.mjs"),
      "test",
    );
    expect(status).toBe(1);
    expect(stderr).toBe("node: expected 20.19 or newer, received 18.20.8\n");
  });
});

describe("runInForeground", () => {
  /**
   * A process that runs `program` in the foreground, without a terminal.
   *
   * @param {string} program
   */
  const wrap = (program) => {
    writeFileSync(join(folder, "program.mjs"), program);
    const wrapper = `import { runInForeground } from ${JSON.stringify(pathToFileURL(join(root, "tools/run/processes.mjs")).href)};
      process.exitCode = await runInForeground(["program.mjs", "--given"], { cwd: ${JSON.stringify(folder)} });`;
    return spawn(process.execPath, ["--input-type=module", "--eval", wrapper], {
      // There is no terminal, even when the tests themselves have one.
      stdio: ["ignore", "pipe", "ignore"],
    });
  };

  /** @param {import("node:child_process").ChildProcess} child */
  const ended = async (child) => {
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (/** @type {string} */ text) => (output += text));
    const exitCode = await new Promise((resolve) => child.on("close", resolve));
    return { output, exitCode };
  };

  it("passes arguments, output and the exit code through", async () => {
    const child = wrap("console.log(process.argv.at(-1)); process.exitCode = 7;");
    expect(await ended(child)).toEqual({ output: "--given\n", exitCode: 7 });
  });

  it.each(/** @type {const} */ (["SIGINT", "SIGTERM"]))(
    "lets the program stop in its own way at %s, and makes two interrupts at once into one",
    async (signal) => {
      const child = wrap(`let count = 0;
        process.on(${JSON.stringify(signal)}, () => {
          count += 1;
          setTimeout(() => { console.log("stopped", count); process.exit(5); }, 300);
        });
        setInterval(() => {}, 1000);
        console.log("ready");`);
      child.stdout?.once("data", () => {
        child.kill(signal);
        if (signal === "SIGINT") setTimeout(() => child.kill(signal), 50);
      });
      expect(await ended(child)).toEqual({ output: "ready\nstopped 1\n", exitCode: 5 });
    },
  );
});
