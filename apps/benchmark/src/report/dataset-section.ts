import type { Catalogue } from "../catalogue/catalogue.ts";
import { figures } from "../figures/index.ts";
import type { JobResult } from "../results/schema.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { modelVariable } from "./style.ts";

/** Everything that is drawn of one data set. */
export async function datasetSection(jobs: readonly JobResult[], { datasets }: Catalogue): Promise<Html> {
  const { dataset, task, kind, unit, examples } = jobs[0]!;
  const title = datasets.find(({ name }) => name === dataset)?.title;
  const drawn: Html[] = [];
  const cards: Html[] = [];
  for (const figure of figures) {
    if (!figure.appliesTo({ task, kind })) continue;
    const series = jobs.map(({ model, figures: stored }) => ({
      model,
      color: `var(${modelVariable(model)})`,
      value: stored[figure.name],
    }));
    const part = await figure.draw(series, { kind, unit });
    // A figure of its own stands beside the others; one that brings a layout takes the whole width.
    if (part !== null) (part.html.startsWith("<figure") ? cards : drawn).push(part);
  }
  return html`<h2 id="${dataset}">${dataset}</h2>
    <p class="soft">
      ${title === undefined ? "" : `${title}; `}${examples.train.toLocaleString("en-US")} training examples,
      ${examples.test.toLocaleString("en-US")} held out.
    </p>
    ${drawn}
    <div class="cards">${cards}</div>`;
}
