import { describeLayer, disposeBijection, rebuild } from "@invertible/bijection";
import type { Description } from "@invertible/bijection";
import { dispose, mul, tidy } from "@invertible/ops";
import { demand } from "../../law-violation.ts";
import type { Law } from "../../law.ts";
import { assignAll, hasStarter, trialOf, withTwin } from "../../trial/twins.ts";
import type { Trial } from "../../trial/trial.ts";
import { signature } from "./names.ts";
import {
  demandSameEvents,
  demandSameGradients,
  demandSameResults,
  demandSameSolutions,
  demandSameStart,
} from "./same-behaviour.ts";

const hint =
  "set `skip` with the reason; options that only training, a start or a solver reads belong into `config` too";

export const rebuildLaw = {
  name: "rebuild",
  statement:
    "a description survives JSON and rebuilds a bijection with the same description and, given the same variables, the same bits, in " +
    "training too, and after refresh, enforce and a start",
  hint,
  exempt: ({ options }) => (options.types ? undefined : "no layer types were given"),
  async check(trial) {
    const text = JSON.stringify(describeLayer(trial.bare));
    await withCopy(trial, text, async (copy) => {
      const again = JSON.stringify(describeLayer(copy.bare));
      demand(again === text, `expected the description ${text}, received ${again}`);
      const [expected, received] = [signature(trial.bare), signature(copy.bare)];
      demand(expected === received, `expected ${expected}, received ${received}`);
      assignAll(copy.bare, trial.bare);
      await demandSameResults(trial, copy, "with the same variables");
      await demandSameGradients(trial, copy);
      await demandSameSolutions(trial, copy);
      await demandSameEvents(trial, copy);
    });
    if (hasStarter(trial.bare)) await checkStarts(trial, text);
  },
} as const satisfies Law;

async function withCopy(trial: Trial, text: string, use: (copy: Trial) => Promise<void>): Promise<void> {
  const description = JSON.parse(text) as Description;
  const bare = rebuild(description, trial.options.types!, trial.random.fold("other initial values"));
  try {
    await use(trialOf(trial, bare));
  } finally {
    disposeBijection(bare);
  }
}

/** From typical examples, and from examples that hardly differ or differ much: limits on the start show there. */
async function checkStarts(trial: Trial, text: string): Promise<void> {
  const scales = trial.options.sample
    ? { "typical examples": 1 }
    : { "typical examples": 1, "small ones": 1e-3, "large ones": 30 };
  for (const [what, scale] of Object.entries(scales)) {
    const x = tidy(() => mul(trial.sample(16, trial.random.fold("rebuilt start")), scale));
    try {
      await withTwin(trial, (twin) =>
        withCopy(trial, text, async (copy) => {
          assignAll(copy.bare, twin.bare);
          await demandSameStart(twin, copy, x, what);
        }),
      );
    } finally {
      dispose(x);
    }
  }
}
