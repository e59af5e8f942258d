import { certify, disposeBijection } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { checkLaw, checkLaws } from "@invertible/testing/laws";
import type { BijectionFactory, ConformanceOptions, Law } from "@invertible/testing/laws";
import { costsOf, examplesInBatch } from "./costs.mts";
import { alignedTable, factor, short } from "./text.mts";
import { lawRows } from "./law-rows.mts";

/**
 * What a layer's author wants to know of it, as text: every law with what it measured and what is allowed, what the layer costs beside
 * others of its shape, and the constants that it proves.
 */
export async function reportOn(
  title: string,
  factory: BijectionFactory,
  options: ConformanceOptions,
  own: readonly Law[],
): Promise<string> {
  const report = await checkLaws(factory, options);
  const ownViolations: string[] = [];
  for (const law of own)
    await checkLaw(law, factory, options).catch((error: Error) => ownViolations.push(error.message));
  const [counts, ...violations] = report.summary.split("\n");
  const bijection = await factory();
  try {
    return [
      heading(title, bijection),
      alignedTable(
        ["law", "", "measured", "allowed", "ratio", "where it is nearest to the limit"],
        lawRows(report),
      ),
      [counts, ...violations, ...ownViolations.map((message) => `- ${message}`)].join("\n"),
      await costText(bijection, options),
      await certificateText(bijection),
    ].join("\n\n");
  } finally {
    disposeBijection(bijection);
  }
}

function heading(title: string, bijection: Bijection): string {
  const { inputShape, outputShape, traits, parameters } = bijection;
  const count = Object.values(parameters).reduce((total, { size }) => total + size, 0);
  const shape = (of: readonly number[]) => `[${of.join(", ")}]`;
  const kind = (trait: string) => (trait === "none" ? "no" : trait);
  return (
    `${title}: ${shape(inputShape)} -> ${shape(outputShape)}, ${kind(traits.logDet)} log-det, ${kind(traits.inverse)} inverse, ` +
    `${count} ${count === 1 ? "parameter" : "parameters"}`
  );
}

async function costText(bijection: Bijection, options: ConformanceOptions): Promise<string> {
  const { neighbours, rows } = await costsOf(bijection, options);
  const body = rows.map(({ what, own, others }) => [
    what,
    own.toFixed(2),
    ...others.flatMap((other) => (other === undefined ? ["", ""] : [other.toFixed(2), factor(own / other)])),
  ]);
  const head = [
    `ms for ${examplesInBatch} examples, wasm`,
    "this layer",
    ...neighbours.flatMap((name) => [name, ""]),
  ];
  return alignedTable(head, body);
}

async function certificateText(bijection: Bijection): Promise<string> {
  const { forward, inverse } = await certify(bijection);
  if (Math.min(forward, inverse) === Infinity) return "Lipschitz constants: none are proven";
  const bound = (value: number) => (value === Infinity ? "none" : short(value));
  return `Lipschitz constants, proven for the weights at the start: forward ${bound(forward)}, inverse ${bound(inverse)}`;
}
