import { describe, expect, it } from "vitest";
import { startLineProcess } from "./line-process.ts";

const node = (code: string, environment = {}) =>
  startLineProcess(process.execPath, ["-e", code], environment);

/** Answers with what it was asked, and does as `extra` says. */
const echo = (extra = "") => `
  const lines = require("node:readline").createInterface({ input: process.stdin });
  lines.on("line", (line) => { const request = JSON.parse(line); ${extra}; console.log(JSON.stringify({ got: request })); });
`;

describe("startLineProcess", () => {
  it("sends each request as a line and returns its answer, in order", async () => {
    const child = node(echo());
    expect(await child.request("load", { file: "a\nb" })).toEqual({ got: { request: "load", file: "a\nb" } });
    expect(await child.request("step")).toEqual({ got: { request: "step" } });
    await child.stop();
  });

  it("passes the environment on", async () => {
    const child = node(echo("console.log(JSON.stringify({ threads: process.env.THREADS })); return"), {
      THREADS: "2",
    });
    expect(await child.request("load")).toEqual({ threads: "2" });
    await child.stop();
  });

  it("throws what the process says is wrong, and goes on", async () => {
    const child = node(
      echo('if (request.request === "bad") return console.log(\'{"error": "no such file"}\')'),
    );
    await expect(child.request("bad")).rejects.toThrow("no such file");
    expect(await child.request("good")).toEqual({ got: { request: "good" } });
    await child.stop();
  });

  it("throws the last words of a process that ends, now and at later requests", async () => {
    const child = node(
      echo('process.stderr.write("Traceback\\nMemoryError: too large\\n"); process.exit(3)'),
    );
    await expect(child.request("load")).rejects.toThrow("MemoryError: too large");
    await expect(child.request("step")).rejects.toThrow("MemoryError: too large");
    const silent = node(echo("process.exit(3)"));
    await expect(silent.request("load")).rejects.toThrow("the process ended with exit code 3");
    const killed = node(echo('process.kill(process.pid, "SIGKILL"); return'));
    await expect(killed.request("load")).rejects.toThrow("the process ended with SIGKILL");
  });

  it("throws where a program is absent or answers no JSON", async () => {
    await expect(startLineProcess("/no/such/program", []).request("load")).rejects.toThrow("ENOENT");
    const child = node(echo('return console.log("hello")'));
    await expect(child.request("load")).rejects.toThrow(
      'load: expected a line of JSON as the answer, received "hello"',
    );
    await child.stop();
  });

  it("takes one request at a time, and stops a process that does not answer", async () => {
    const child = node(echo("return"));
    const waits = child.request("load");
    await expect(child.request("step")).rejects.toThrow("expected the answer to the request before");
    const rejected = expect(waits).rejects.toThrow("SIGKILL");
    await child.stop();
    await rejected;
  });
});
