import { disposeBijection, solveInverse } from "@invertible/bijection";
import type { Bijection, Call } from "@invertible/bijection";
import { affineCoupling, convConditioner, denseConditioner } from "@invertible/coupling";
import { actNorm } from "@invertible/layers";
import { add, createRandom, dispose, square, sum, valueAndGradients } from "@invertible/ops";
import type { Random, Shape, Tensor } from "@invertible/ops";
import type { ConformanceOptions } from "@invertible/testing/laws";

export const examplesInBatch = 256;
/** Rounds before the first that counts: a first call compiles and allocates. */
const warmUp = 2;
/** A median of fewer says little. */
const leastRounds = 15;
const mostRounds = 300;
/** Milliseconds that the rounds of one line of the table may take. */
const budget = 500;

export interface Cost {
  readonly what: string;
  /** Milliseconds. */
  readonly own: number;
  /** Of each neighbour, where it can do this. */
  readonly others: readonly (number | undefined)[];
}

/**
 * What a call costs, beside layers of the same shape that everybody knows. Layers take turns, so that a machine that is busy for a while
 * slows all of them.
 */
export async function costsOf(
  bijection: Bijection,
  options: ConformanceOptions,
): Promise<{ readonly neighbours: readonly string[]; readonly rows: readonly Cost[] }> {
  const random = createRandom(options.seed ?? 1);
  const neighbours = neighboursOf(bijection.inputShape, random.fold("neighbours"));
  const plain = neighbours.map(([, each]) => programsOf(each, {}, random));
  const own = programsOf(bijection, options, random);
  try {
    const rows: Cost[] = [];
    for (const [what, program] of Object.entries(own.programs)) {
      const rivals = plain.map(({ programs }) => programs[what]);
      const [mine = NaN, ...others] = await mediansOf([program, ...rivals]);
      rows.push({ what, own: mine, others: others.map((time, i) => (rivals[i] ? time : undefined)) });
    }
    return { neighbours: neighbours.map(([name]) => name), rows };
  } finally {
    for (const { free } of [own, ...plain]) free();
    for (const [, each] of neighbours) disposeBijection(each);
  }
}

/** The cheapest layer that learns, and the layer that most flows are made of. */
function neighboursOf(inputShape: Shape, random: Random): [name: string, bijection: Bijection][] {
  if (inputShape.length === 0) return [];
  const neighbours: [string, Bijection][] = [["actNorm", actNorm({ inputShape })]];
  const hidden = 32;
  const conditioner =
    inputShape.length === 3
      ? convConditioner({ width: hidden, random })
      : denseConditioner({ hidden: [hidden, hidden], random });
  if (inputShape.at(-1)! > 1 && [1, 3].includes(inputShape.length))
    neighbours.push([`affineCoupling (${hidden})`, affineCoupling({ inputShape, conditioner })]);
  return neighbours;
}

type Program = () => Promise<void>;

/** What is measured of each layer: on typical inputs, in evaluation. */
function programsOf(bijection: Bijection, options: ConformanceOptions, random: Random) {
  const { sample, sampleOutput, condition: sampleCondition } = options;
  const key = random.fold("costs");
  const x = (sample ?? normal(bijection.inputShape))(examplesInBatch, key.fold("x"));
  const y = (sampleOutput ?? normal(bijection.outputShape))(examplesInBatch, key.fold("y"));
  const condition = sampleCondition?.(examplesInBatch, key.fold("condition"));
  const call: Call = { random: key.fold("call"), ...(condition && { condition }) };
  const parameters = Object.values(bijection.parameters);
  const { inverse, logDet } = bijection.traits;
  const programs: Record<string, Program> = {
    ...(logDet === "none"
      ? { forward: () => finish([bijection.forward(x, call)]) }
      : { "forward and log-det": () => finish(Object.values(bijection.forwardAndLogDet(x, call))) }),
    ...(inverse !== "none" && {
      ...(logDet === "none"
        ? { inverse: () => finish([bijection.inverse(y, call)]) }
        : { "inverse and log-det": () => finish(Object.values(bijection.inverseAndLogDet(y, call))) }),
      "solveInverse, with evidence": async () => finish([(await solveInverse(bijection, y, call)).x]),
    }),
    "gradient in input and parameters": () => {
      const loss = (): Tensor => {
        if (logDet === "none") return sum(square(bijection.forward(x, call)));
        const results = bijection.forwardAndLogDet(x, call);
        return add(sum(square(results.y)), sum(results.logDet)) as Tensor;
      };
      const { value, gradients } = valueAndGradients(loss, [x, ...parameters]);
      return finish([value, ...gradients]);
    },
  };
  if (inverse === "analytic") delete programs["solveInverse, with evidence"];
  return { programs, free: () => dispose(condition ? [x, y, condition] : [x, y]) };
}

const normal = (shape: Shape) => (batch: number, random: Random) => random.normal([batch, ...shape]);

/** Waits for the results, and frees them. */
async function finish(results: readonly Tensor[]): Promise<void> {
  for (const each of results) await each.data();
  dispose([...results]);
}

async function mediansOf(programs: readonly (Program | undefined)[]): Promise<number[]> {
  const times = programs.map((): number[] => []);
  const begun = performance.now();
  const goesOn = (round: number) =>
    round < leastRounds || (round < mostRounds && performance.now() - begun < budget);
  for (let round = -warmUp; goesOn(round); round++)
    for (const [i, program] of programs.entries()) {
      const started = performance.now();
      await program?.();
      if (round >= 0) times[i]!.push(performance.now() - started);
    }
  return times.map((each) => each.sort((a, b) => a - b)[Math.floor(each.length / 2)]!);
}
