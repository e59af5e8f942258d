import { disposeBijection, layersOf, rebuild } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { ArgumentError, ShapeError, UnsupportedError } from "@invertible/errors";
import { memory } from "@invertible/ops";
import type { Json } from "@invertible/errors";
import { demand } from "../../law-violation.ts";
import type { Law } from "../../law.ts";
import type { Trial } from "../../trial/trial.ts";

export const configurationLaw = {
  name: "configuration",
  statement:
    "config is plain JSON; where layer types are given, a config with a value of the wrong kind is an ArgumentError that leaves no tensor",
  hint: "set `skip` with the reason",
  async check(trial) {
    checkJson(trial.bare.name, trial.bare.config);
    if (!trial.options.types) return;
    const seen = new Set<string>();
    for (const bijection of [trial.bare, ...layersOf(trial.bare).map(({ layer }) => layer)]) {
      if (seen.has(bijection.name) || !trial.options.types.some(({ layer }) => layer === bijection.name))
        continue;
      seen.add(bijection.name);
      checkJson(bijection.name, bijection.config);
      for (const [key, value] of Object.entries(bijection.config))
        for (const wrong of ofOtherKinds(value)) checkRefused(trial, bijection, key, wrong);
    }
  },
} as const satisfies Law;

/** Numbers that JSON has no word for, and undefined, would come back as something else. */
function checkJson(path: string, value: unknown): void {
  if (typeof value === "number")
    return demand(Number.isFinite(value), `config ${path}: expected a finite number, received ${value}`);
  if (value === null || typeof value === "string" || typeof value === "boolean") return;
  const plain =
    typeof value === "object" && (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype);
  demand(plain, () => `config ${path}: expected JSON, received ${String(value)}`);
  for (const [key, inner] of Object.entries(value as object)) checkJson(`${path}.${key}`, inner);
}

/** What a damaged or forged file may hold in place of a value: never of its kind. Null is left out, as it may stand for no value. */
function ofOtherKinds(value: Json): Json[] {
  const others: Json[] = [{ unexpected: [1] }, "unexpected", 0.123, [["unexpected"]]];
  const kind = (json: Json) => (Array.isArray(json) ? "array" : typeof json);
  const wrong = others.filter((other) => kind(other) !== kind(value));
  return typeof value === "number" ? [...wrong, String(value)] : wrong;
}

function checkRefused(
  { options, random }: Trial,
  { name, config }: Bijection,
  key: string,
  wrong: Json,
): void {
  const description = { layer: name, config: { ...config, [key]: wrong } };
  const before = memory().numTensors;
  let outcome = "a layer";
  try {
    disposeBijection(rebuild(description, options.types!, random));
  } catch (error) {
    const known = ArgumentError.is(error) || ShapeError.is(error) || UnsupportedError.is(error);
    outcome = known ? "" : `${String(error)}`;
  }
  demand(
    outcome === "",
    () =>
      `${name}.${key} of ${JSON.stringify(wrong)}: expected its layer type to throw an ArgumentError, received ${outcome}`,
  );
  const left = memory().numTensors - before;
  demand(
    left === 0,
    `${name}.${key} of ${JSON.stringify(wrong)}: expected no tensor left by the error, received ${left}`,
  );
}
