import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const here = fileURLToPath(new URL(".", import.meta.url));

/** Runs a program of its own: the test runner has listeners of its own, and another `process`. */
function run(program: string) {
  const head = `
    import { startBackend } from "@invertible/ops/backend";
    import { tensor } from "@invertible/ops";
    const count = () => ["uncaughtException", "unhandledRejection"].map((event) => process.listenerCount(event));
  `;
  const options = ["--conditions", "@invertible/source", "--import", import.meta.resolve("tsx")];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...options, "--input-type=module", "--eval", head + program],
    { cwd: here, encoding: "utf8", timeout: 60_000 },
  );
  return { status, stdout, stderr };
}

describe("startBackend in Node", () => {
  it("prints nothing, leaves no listener behind, and shows an error where it was thrown", () => {
    const ended = run(`
      for (const name of ["wasm", "cpu", "wasm", "cpu"]) {
        await startBackend(name);
        await tensor([1, 2], [2]).data();
      }
      console.log(count().join());
      setTimeout(() => { throw new Error("mine"); });
    `);
    expect(ended).toMatchObject({ status: 1, stdout: "0,0\n" });
    expect(ended.stderr).toContain("Error: mine");
    expect(ended.stderr).not.toContain("TensorFlow.js");
    expect(ended.stderr.length).toBeLessThan(2000);
  });

  it("keeps everybody else's listeners, also those that are added meanwhile", () => {
    const ended = run(`
      const heard = [];
      process.on("uncaughtException", (error) => heard.push("before " + error.message));
      const starting = startBackend("wasm");
      for (const delay of [0, 1, 2, 5, 10])
        setTimeout(() => process.on("uncaughtException", (error) => heard.push(delay + error.message)), delay);
      process.on("unhandledRejection", (error) => heard.push("rejected " + error.message));
      await starting;
      await new Promise((resolve) => setTimeout(resolve, 30));
      setTimeout(() => { throw new Error(" thrown"); });
      void Promise.reject(new Error("promise"));
      setTimeout(() => console.log(count().join(), heard.sort().join("; ")), 20);
    `);
    expect(ended).toEqual({
      status: 0,
      stdout: "6,1 0 thrown; 1 thrown; 10 thrown; 2 thrown; 5 thrown; before  thrown; rejected promise\n",
      stderr: "",
    });
  });
});
