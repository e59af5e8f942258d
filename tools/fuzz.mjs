/**
 * Changes saved models and checkpoints at random, and loads them in child processes:
 *
 *     node tools/fuzz.mjs models 20000
 *     node tools/fuzz.mjs numbers 3000
 *     node tools/fuzz.mjs classifiers 5000
 *     node tools/fuzz.mjs classifier-numbers 500
 *     node tools/fuzz.mjs checkpoints 5000 [first case]
 *
 * Needs built packages (`npm run build`). Case n is the same file on every machine. Fails for untyped errors, messages of thousands of
 * characters, leaked tensors, dead processes, cases of more than 5 seconds of processor time, and more memory than four times the file and 64 MB.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const [kind = "models", count = "1000", first = "0"] = process.argv.slice(2);
const child = fileURLToPath(new URL("fuzz/child.mjs", import.meta.url));
/** Milliseconds of processor time for a case; and by the clock, where other programs may have the processor, until it is killed. */
const [hang, patience] = [5000, 60_000];
const last = Number(first) + Number(count);

/** @type {Record<string, number>} */
const outcomes = {};
/** @type {unknown[]} */
const faults = [];
let [slowest, most] = [{ cpuMilliseconds: 0 }, { bytes: 0 }];

// Stopped early, it reports the cases until then.
process.once("SIGTERM", report);
for (let next = Number(first); next < last;) next = await runFrom(next);
report();

function report() {
  const cases = Object.values(outcomes).reduce((sum, each) => sum + each, 0);
  console.log(JSON.stringify({ kind, cases, outcomes, slowest, most, faults }, undefined, 2));
  process.exit(faults.length === 0 ? 0 : 1);
}

/**
 * Runs cases until all are done or one ends its process.
 *
 * @param {number} from
 * @returns {Promise<number>} the case to go on with
 */
function runFrom(from) {
  return new Promise((resolve) => {
    // A child that loses its parent has nobody to report to and ends.
    const run = fork(child, [kind, String(from), String(last)], { execArgv: ["--expose-gc"], silent: true });
    let [at, timer, stopped] = [from, setTimeout(stop, 3 * patience), false];
    let output = "";
    run.stderr?.on("data", (text) => (output = `${output}${text}`.slice(-500)));
    function stop() {
      stopped = true;
      run.kill("SIGKILL");
    }
    run.on("message", (/** @type {any} */ result) => {
      at = result.number + 1;
      clearTimeout(timer);
      timer = setTimeout(stop, patience);
      record(result);
    });
    run.on("exit", (code, signal) => {
      clearTimeout(timer);
      if (at < last)
        faults.push({ number: at, fault: stopped ? "hangs" : `dies: ${code ?? signal}`, output });
      resolve(at < last ? at + 1 : last);
    });
  });
}

/** @param {any} result */
function record(result) {
  const { outcome, size, cpuMilliseconds, bytes, leaked } = result;
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  if (outcome === "UNTYPED") faults.push({ fault: "untyped or long error", ...result });
  if (cpuMilliseconds > hang) faults.push({ fault: "slow", ...result });
  if (bytes > 4 * size + 2 ** 26) faults.push({ fault: "memory", ...result });
  if (leaked !== 0) faults.push({ fault: "leaks", ...result });
  if (cpuMilliseconds > slowest.cpuMilliseconds) slowest = result;
  if (bytes > most.bytes) most = result;
}
