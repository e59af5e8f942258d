import type { Catalogue } from "../catalogue/catalogue.ts";
import { figures } from "../figures/index.ts";
import { formatCount } from "../results/format.ts";
import type { JobResult } from "../results/schema.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { modelVariable } from "./style.ts";

/** Everything that is drawn of one data set. Of several seeds, the first that was asked for is drawn. */
export async function datasetSection(all: readonly JobResult[], { datasets }: Catalogue): Promise<Html> {
  const jobs = all.filter(({ model }, i) => all.findIndex((job) => job.model === model) === i);
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
    const part = await figure.draw(series, { task, kind, unit });
    // A figure of its own stands beside the others; one that brings a layout takes the whole width.
    if (part !== null) (part.html.startsWith("<figure") ? cards : drawn).push(part);
  }
  return html`<h2 id="${dataset}">${dataset}</h2>
    <p class="soft">
      ${title === undefined ? "" : `The data are ${title}. `}There are ${formatCount(examples.train)} examples
      to train on, and ${formatCount(examples.test)} held-out examples for the
      test.${all.length > jobs.length ? " The figures show the first seed." : ""}
    </p>
    ${drawn}
    <div class="cards">${cards}</div>`;
}
