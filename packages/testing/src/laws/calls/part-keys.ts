import type { Bijection, Call, Part } from "@invertible/bijection";
import { dispose, keep, tidy } from "@invertible/ops";
import type { Random, Tensor } from "@invertible/ops";
import { demand } from "../../law-violation.ts";
import { numbersOf } from "../../measures/numbers.ts";
import { conditionsOfRows } from "../../trial/rows.ts";
import type { Trial } from "../../trial/trial.ts";

const batch = 3;

/**
 * Demands that no two parts of a composite draw the same random numbers. Every part's results are observed, and then computed again
 * with each key that it may have got; so it shows which one that was.
 */
export async function checkPartKeys(trial: Trial): Promise<void> {
  const { bare, sample, random, call } = trial;
  if (bare.parts.length < 2) return;
  const withLogDet = bare.traits.logDet !== "none";
  const x = sample(batch, random.fold("part keys"));
  const given = conditionsOfRows(trial, 0, batch);
  const own: Call = { ...call(), ...given };
  const seen = await observe(bare, x, own);
  const keys = candidates(bare.parts, own.random!);
  const users = new Map<string, string>();
  let value = x;
  for (const part of bare.parts) {
    const input = tidy(() => (part.embedding ? part.embedding.take(value).clone() : value.clone()) as Tensor);
    const results = new Map<string, string>();
    for (const [name, key] of keys)
      results.set(name, await resultOf(part, input, { ...own, random: key }, withLogDet));
    const observed = seen.get(part.key);
    // A part that draws nothing gives the same with every key.
    if (observed !== undefined && new Set(results.values()).size > 1)
      for (const [name, result] of results) {
        if (result !== observed) continue;
        const other = users.get(name);
        demand(
          other === undefined,
          `expected every part to get a key of its own, received one for ${other} and ${part.key}`,
        );
        users.set(name, part.key);
      }
    const next = tidy(() => {
      const result = run(part, input, own, withLogDet).value;
      return (part.embedding ? part.embedding.put(value, result) : result).clone() as Tensor;
    });
    dispose(value === x ? [input] : [input, value]);
    value = next;
  }
  dispose(value === x ? [x] : [x, value]);
  dispose(Object.values(given));
}

function candidates(parts: readonly Part[], random: Random): Map<string, Random> {
  const folded = parts.flatMap(({ key }, i) => [key, i]);
  return new Map([
    ["whole", random],
    ...folded.map((by): [string, Random] => [`${typeof by} ${by}`, random.fold(by)]),
  ]);
}

/** Value and log-det of a part; only the value in a composite that has no log-det. */
function run({ bijection, direction = "forward" }: Part, input: Tensor, call: Call, withLogDet: boolean) {
  if (!withLogDet) return { value: bijection[direction](input, call) };
  if (direction === "inverse") {
    const { x, logDet } = bijection.inverseAndLogDet(input, call);
    return { value: x, logDet };
  }
  const { y, logDet } = bijection.forwardAndLogDet(input, call);
  return { value: y, logDet };
}

async function resultOf(part: Part, input: Tensor, call: Call, withLogDet: boolean): Promise<string> {
  const results = Object.values(run(part, input, call, withLogDet));
  const numbers = await Promise.all(results.map(numbersOf));
  dispose(results);
  return numbers.map((each) => each.join()).join(" ");
}

/** Value and log-det of every part as its composite ran it, as text, by the part's key. */
async function observe(bare: Bijection, x: Tensor, call: Call): Promise<Map<string, string>> {
  const copies: { path: string; of: "value" | "logDet"; copy: Tensor }[] = [];
  const observed: Call = {
    ...call,
    trace: {
      path: "",
      observe({ path, tensor: of, value }) {
        // Copies outlive the call, which frees what it observes.
        copies.push({ path, of: of === "logDet" ? "logDet" : "value", copy: keep(value.clone() as Tensor) });
      },
    },
  };
  const withLogDet = bare.traits.logDet !== "none";
  dispose(withLogDet ? Object.values(bare.forwardAndLogDet(x, observed)) : bare.forward(x, observed));
  const seen = new Map<string, string>();
  for (const { key } of bare.parts) {
    const of = async (kind: "value" | "logDet") => {
      const found = copies.findLast((each) => each.path === key && each.of === kind);
      return found === undefined ? undefined : (await numbersOf(found.copy)).join();
    };
    const results = withLogDet ? [await of("value"), await of("logDet")] : [await of("value")];
    if (results.every((result) => result !== undefined)) seen.set(key, results.join(" "));
  }
  dispose(copies.map(({ copy }) => copy));
  return seen;
}
