import type { Catalogue } from "../catalogue/catalogue.ts";
import { entryNamed } from "../catalogue/catalogue.ts";
import { shownExtension } from "../catalogue/extensions/extension.ts";
import { tasks } from "../catalogue/tasks/index.ts";
import { presets } from "../presets/index.ts";
import { comparisonTables } from "../results/comparison-tables.ts";
import { formatDuration } from "../results/format.ts";
import type { JobResult, Results } from "../results/schema.ts";
import { budgetTable } from "./budget-table.ts";
import { comparisonSection } from "./comparison-section.ts";
import { datasetSection } from "./dataset-section.ts";
import { html, raw } from "./html.ts";
import type { Html } from "./html.ts";
import { modelStyle, style } from "./style.ts";

/**
 * One page with every table and figure inside: no script, no request, no file beside it.
 * @param jobs the jobs of `results`, with their figures
 */
export async function renderReport(
  results: Results,
  jobs: readonly JobResult[],
  catalogue: Catalogue,
): Promise<string> {
  const models = catalogue.models.filter(({ name }) => jobs.some((job) => job.model === name));
  const title =
    models.length <= 3
      ? models.map((model) => model.title).join(" against ")
      : `${models.length} invertible networks compared`;
  const tables = comparisonTables(results.jobs, results.published);
  const sections: Html[] = [];
  for (const dataset of new Set(jobs.map((job) => job.dataset)))
    sections.push(
      await datasetSection(
        jobs.filter((job) => job.dataset === dataset),
        catalogue,
      ),
    );
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${raw(modelStyle(models))}
          ${raw(style)}
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${introduction(results)}
          <h2>The models</h2>
          <dl>
            ${models.map(
              ({ title, name, summary, paper }) =>
                html`<dt>${title} (${name})</dt>
                  <dd>${summary} <cite>${paper}.</cite></dd>`,
            )}
          </dl>
          <h2>Results</h2>
          ${taskSummaries(results)} ${tables.map(comparisonSection)}
          <h3>What the rows mean</h3>
          <dl>
            ${glossary(tables).map(
              ({ heading, meaning }) =>
                html`<dt>${heading}</dt>
                  <dd>${meaning}</dd>`,
            )}
          </dl>
          ${sections}
          <h2>How each model was trained</h2>
          ${budgetTable(jobs)} ${publishedSection(results)}
          <h2>Rules of the comparison</h2>
          <ol>
            ${results.rules.map(renderRule)}
          </ol>
          <h2>Where this ran</h2>
          ${environment(results)}
        </main>
      </body>
    </html> `;
  return page.html;
}

function introduction({ choices, extensions, timing, machine, backend, finishedAt }: Results): Html {
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
  ];
  command.push(...extensions.map(shownExtension));
  for (const what of ["datasets", "models"] as const)
    if (choices[what].join() !== preset?.[what].join()) command.push(`--${what} ${choices[what].join(",")}`);
  if (choices.steps !== null) command.push(`--steps ${choices.steps}`);
  if (choices.budgetSeconds !== null) command.push(`--budget ${choices.budgetSeconds}s`);
  return html`<p>
      An invertible network learns how probable examples are, and can draw new ones. This report compares what
      such networks learn from the same data with about the same number of parameters.
    </p>
    <p class="soft">
      The run took ${formatDuration(timing.seconds)} minutes on ${machine.cores} x ${machine.processor} with
      ${backendName(backend)}, at most ${timing.jobsSideBySide} jobs at a time. It ended on
      ${finishedAt.slice(0, 10)} at ${finishedAt.slice(11, 16)} UTC. This command repeats it:
    </p>
    ${
      choices.budgetSeconds === null
        ? ""
        : html`<p class="soft">
            Every model was trained for about ${formatDuration(choices.budgetSeconds)} minutes. A short run
            before found how many steps that is on this machine, and the table of training below states them.
          </p>`
    }
    <p><code>${command.map((part) => html`<span>${part}</span> `)}</code></p>`;
}

/** What the models were asked to do, once for each task. */
function taskSummaries({ jobs }: Results): Html[] {
  const names = new Set(jobs.map(({ task }) => task));
  return [...names].map((name) => html`<p>${entryNamed(tasks, name).summary}</p>`);
}

function renderRule({ text, violations }: Results["rules"][number]): Html {
  const broken = violations.map((violation) => html`<div class="broken">Not kept: ${violation}.</div>`);
  return html`<li>${text} ${broken}</li>`;
}

/** Each heading once, whichever tables it stands in. */
function glossary(tables: ReturnType<typeof comparisonTables>) {
  const groups = tables.flatMap((table) => table.groups);
  return [...new Map(groups.map((group) => [group.heading, group])).values()];
}

function publishedSection({ published }: Results): Html {
  if (published.length === 0) return raw("");
  return html`<h2>Published results</h2>
    <p>
      These are for orientation only. The networks are many times larger and were trained for days on GPUs.
    </p>
    <ul>
      ${published.map((p) => html`<li>${p.model} on ${p.dataset}: ${p.value} ${p.unit} (${p.budget}). ${p.source}.</li>`)}
    </ul>`;
}

function environment({ versions, machine, backend, jobs }: Results): Html {
  const ofScope = (scope: string) =>
    Object.entries(versions)
      .filter(([name]) => (/^@[^/]+(?=\/)/.exec(name)?.[0] ?? "") === scope)
      .map(([name, version]) => `${name.slice(name.indexOf("/") + 1)} ${version}`)
      .join(", ");
  return html`<dl>
    <dt>machine</dt>
    <dd>${machine.cores} x ${machine.processor}, ${machine.memoryGiB} GiB, ${machine.system}</dd>
    <dt>backend</dt>
    <dd>${backendName(backend)}</dd>
    <dt>training steps</dt>
    <dd>${engineText(jobs)}</dd>
    <dt>@invertible</dt>
    <dd>${ofScope("@invertible")}</dd>
    <dt>@tensorflow</dt>
    <dd>${ofScope("@tensorflow")}</dd>
    <dt>other software</dt>
    <dd>${ofScope("")}</dd>
  </dl>`;
}

/** What made the training steps, and where it was not what was wanted. */
function engineText(jobs: Results["jobs"]): string {
  const names = new Set(
    jobs.map(({ engine: { name, threads } }) =>
      name === "eager" ? "eager" : `captured, ${threads} thread${threads === 1 ? "" : "s"}`,
    ),
  );
  const refusals = jobs.flatMap(({ name, engine: { refusal } }) =>
    refusal === null ? [] : [` ${name} was trained eagerly: ${refusal}.`],
  );
  return [...names].join(" and ") + "." + refusals.join("");
}

function backendName({ name, adapter, tensorflow }: Results["backend"]): string {
  return `TensorFlow.js ${tensorflow} (${name}${adapter === null ? "" : ` on ${adapter}`})`;
}
