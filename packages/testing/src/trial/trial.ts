import { collectStateUpdates, disposeBijection, refresh } from "@invertible/bijection";
import type { Bijection, Call } from "@invertible/bijection";
import { add, createRandom, dispose, mul, tidy } from "@invertible/ops";
import type { Random } from "@invertible/ops";
import { conditioned, conditionsFrom } from "./conditioned.ts";
import type { Conditions } from "./conditioned.ts";
import { recorder } from "../measured.ts";
import type { Measured } from "../measured.ts";
import { defaultTolerances } from "./options.ts";
import type { ConformanceOptions, Sampler, Tolerances } from "./options.ts";
import { samplersOf } from "./samplers.ts";
import type { Samplers } from "./samplers.ts";

/** Makes the bijection under test. The kit calls it many times, and frees what it made. */
export type BijectionFactory = () => Bijection | Promise<Bijection>;

/** One bijection under one law, with everything that the law draws on. Laws get it; they do not make it. */
export interface Trial extends Samplers {
  /** Perturbed and refreshed; freed when the law has ended. Calls without a condition get one, where the layer needs it. */
  readonly bijection: Bijection;
  /** Makes another bijection. `withTwin` frees it too. */
  readonly factory: BijectionFactory;
  /** As the layer's test gave them. */
  readonly options: ConformanceOptions;
  /** With defaults filled in. */
  readonly tolerances: Tolerances;
  /** Whether the value depends on the random key. */
  readonly stochastic: boolean;
  /** For the law's own draws: `random.fold("my law")` gives a key of its own. */
  readonly random: Random;
  /** Of a layer that needs conditions; `bijection` has them already where a call brings none. */
  readonly conditions?: Conditions;
  /** The same bijection as its factory made it, which gets no conditions but those of its calls. */
  readonly bare: Bijection;
  /** Notes a number that the law compares with a limit, for reports. `demandWithin` calls it. */
  record(measured: Measured): void;
  /** Evaluation mode, with a random key of its own. */
  call(key?: string | number): Call;
}

/** Builds the bijection and runs `law` on it; frees it, also when the law throws. What the law measures goes to `record`. */
export async function withTrial<T>(
  factory: BijectionFactory,
  options: ConformanceOptions,
  law: (trial: Trial) => Promise<T>,
  record: Trial["record"] = recorder().record,
): Promise<T> {
  const bare = await factory();
  const random = createRandom(options.seed ?? 20190611).fold("conformance");
  let conditions: Conditions | undefined;
  try {
    await perturb(bare, options.perturbation ?? 0.1, random.fold("perturbation"));
    conditions = options.condition && conditionsFrom(options.condition, random.fold("condition"));
    const { traits } = bare;
    const bijection = conditioned(bare, conditions);
    const samplers = samplersOf(bijection, options);
    if (traits.trainingMap === "batch-statistics") moveStatistics(bijection, samplers.sample, random);
    return await law({
      bijection,
      bare,
      ...(conditions && { conditions }),
      factory,
      options,
      tolerances: { ...defaultTolerances, ...options.tolerances },
      stochastic: options.stochastic ?? traits.likelihood === "lower-bound",
      random,
      ...samplers,
      record,
      call: (key = 0) => ({ random: random.fold("call").fold(key), training: false }),
    });
  } finally {
    conditions?.dispose();
    disposeBijection(bare);
  }
}

/**
 * Multiplies every parameter by `scale` and adds noise of this deviation, then lets state that follows parameters catch up. Does nothing
 * for a deviation of 0, by which a test says that parameters may not move.
 */
export async function perturb(
  bijection: Bijection,
  deviation: number,
  random: Random,
  scale = 1,
): Promise<void> {
  if (deviation === 0) return;
  for (const [name, parameter] of Object.entries(bijection.parameters)) {
    const moved = tidy(() =>
      add(mul(parameter, scale), mul(random.fold(name).normal(parameter.shape), deviation)),
    );
    parameter.assign(moved);
    dispose(moved);
  }
  await refresh(bijection, { tolerance: 1e-5 });
}

/** Makes training calls with a small batch, whose statistics differ from those of a new layer, and lets them move the state. */
function moveStatistics(bijection: Bijection, sample: Sampler, random: Random): void {
  const x = sample(4, random.fold("statistics"));
  for (let step = 0; step < 6; step++) {
    const stateUpdates = collectStateUpdates();
    const call = { random: random.fold("statistics call"), training: true, stateUpdates };
    dispose(bijection.forward(x, call));
    stateUpdates.apply();
  }
  dispose(x);
}
