import type { Catalogue } from "../catalogue/catalogue.ts";
import { shownExtension } from "../catalogue/extensions/extension.ts";
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
  const compared =
    models.length <= 3
      ? models.map((model) => model.title).join(" against ")
      : `${models.length} invertible networks compared`;
  const title = `${compared}: ${results.choices.preset}`;
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
                  <dd>${summary} ${paper}.</dd>`,
            )}
          </dl>
          <h2>Summary</h2>
          ${tables.map(comparisonSection)} ${sections}
          <h2>Models and budgets</h2>
          ${budgetTable(jobs)} ${publishedSection(results)}
          <h2>Rules of the comparison</h2>
          <ol>
            ${results.rules.map(renderRule)}
          </ol>
          <h2>What the rows mean</h2>
          <dl>
            ${glossary(tables).map(
              ({ heading, meaning }) =>
                html`<dt>${heading}</dt>
                  <dd>${meaning}</dd>`,
            )}
          </dl>
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
    "npm run bench --",
    `--preset ${choices.preset}`,
    `--seed ${choices.seed}`,
    `--backend ${choices.backend}`,
  ];
  command.push(...extensions.map(shownExtension));
  for (const what of ["datasets", "models"] as const)
    if (choices[what].join() !== preset?.[what].join()) command.push(`--${what} ${choices[what].join(",")}`);
  if (choices.steps !== null) command.push(`--steps ${choices.steps}`);
  return html`<p>
      Invertible networks, trained by maximum likelihood on the same data with about the same number of
      parameters.
    </p>
    <p class="soft">
      ${choices.datasets.length} data ${choices.datasets.length === 1 ? "set" : "sets"}, seed ${choices.seed},
      ${backendName(backend)}; ${formatDuration(timing.seconds)} min with ${timing.jobsSideBySide} jobs side
      by side on ${machine.cores} x ${machine.processor}; finished
      ${finishedAt.slice(0, 16).replace("T", " ")} UTC. Repeat it: <code>${command.join(" ")}</code>
    </p>`;
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
  return html`<h2>Published figures at full budget</h2>
    <p>For orientation only: these networks are many times larger and were trained for days on GPUs.</p>
    <ul>
      ${published.map((p) => html`<li>${p.model} on ${p.dataset}: ${p.value} ${p.unit} (${p.budget}). ${p.source}.</li>`)}
    </ul>`;
}

function environment({ versions, machine, backend }: Results): Html {
  return html`<dl>
    <dt>machine</dt>
    <dd>${machine.cores} x ${machine.processor}, ${machine.memoryGiB} GiB, ${machine.system}</dd>
    <dt>backend</dt>
    <dd>${backendName(backend)}</dd>
    ${Object.entries(versions).map(
      ([name, version]) =>
        html`<dt>${name}</dt>
          <dd>${version}</dd>`,
    )}
  </dl>`;
}

function backendName({ name, adapter, tensorflow }: Results["backend"]): string {
  return `TensorFlow.js ${tensorflow}, backend ${name}${adapter === null ? "" : ` on ${adapter}`}`;
}
