import type { Catalogue } from "../catalogue/catalogue.ts";
import { entryNamed } from "../catalogue/catalogue.ts";
import { tasks } from "../catalogue/tasks/index.ts";
import { comparisonTables } from "../results/comparison-tables.ts";
import { formatDuration } from "../results/format.ts";
import type { JobResult, Results } from "../results/schema.ts";
import { budgetTable } from "./budget-table.ts";
import { comparisonSection } from "./comparison-section.ts";
import { datasetSection } from "./dataset-section.ts";
import { html, raw } from "./html.ts";
import type { Html } from "./html.ts";
import { howMade } from "./how-made.ts";
import { pageScript } from "./interaction/page-script.ts";
import { modelStyle, style } from "./style.ts";

/**
 * One page with every table and figure inside: no request, no file beside it. Its script only adds sorting, values under the
 * pointer and enlarged pictures; without scripts the page says all the same.
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
      : `${models.length} ${areDensities(results) ? "invertible networks" : "networks"} compared`;
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
          ${introduction(results)} ${howMade(results, catalogue)}
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
        </main>
        <script>
          ${raw(pageScript)};
        </script>
      </body>
    </html> `;
  return page.html;
}

/** Whether the report is about densities alone, so that every model is an invertible network. */
const areDensities = ({ jobs }: Results) => jobs.every(({ task }) => task === "density");

function introduction(results: Results): Html {
  const { choices } = results;
  return html`<p>
      ${areDensities(results) ? "An invertible network learns how probable examples are, and can draw new ones." : ""}
      This report compares what networks learn from the same data with about the same number of parameters.
    </p>
    ${
      choices.budgetSeconds === null
        ? ""
        : html`<p class="soft">
            Every model was trained for about ${formatDuration(choices.budgetSeconds)} minutes. A short run
            before found how many steps that is on this machine, and the table of training below states them.
          </p>`
    }`;
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
