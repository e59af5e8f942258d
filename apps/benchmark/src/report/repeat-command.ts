import { shownExtension } from "../catalogue/extensions/extension.ts";
import { presets } from "../presets/index.ts";
import type { Results } from "../results/schema.ts";

/** The command that repeats a run, in parts that a line may break between. */
export function repeatCommand({ choices, extensions }: Pick<Results, "choices" | "extensions">): string[] {
  const preset = presets.find(({ name }) => name === choices.preset);
  const command = [
    "npm run bench",
    "--",
    preset?.table ? `table ${choices.preset}` : `--preset ${choices.preset}`,
    `--seed ${choices.seed}`,
    ...(choices.seeds === 1 ? [] : [`--seeds ${choices.seeds}`]),
    `--backend ${choices.backend}`,
    `--engine ${choices.engine}`,
    ...(choices.threads === 1 ? [] : [`--threads ${choices.threads}`]),
    ...extensions.map(shownExtension),
  ];
  for (const what of ["datasets", "models"] as const)
    if (choices[what].join() !== preset?.[what].join()) command.push(`--${what} ${choices[what].join(",")}`);
  if (choices.steps !== null) command.push(`--steps ${choices.steps}`);
  if (choices.budgetSeconds !== null) command.push(`--budget ${choices.budgetSeconds}s`);
  return command;
}
