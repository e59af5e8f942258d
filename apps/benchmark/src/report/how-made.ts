import type { Catalogue } from "../catalogue/catalogue.ts";
import { tableExports } from "../results/exports/table-exports.ts";
import { formatDuration } from "../results/format.ts";
import { machinesOf } from "../results/machines-of.ts";
import type { Results } from "../results/schema.ts";
import { html } from "./html.ts";
import type { Html } from "./html.ts";
import { repeatCommand } from "./repeat-command.ts";

/** All that somebody needs to repeat the run, and its numbers to take along. */
export function howMade(results: Results, catalogue: Catalogue): Html {
  const { choices, versions, backend, jobs } = results;
  const { markdown, latex } = tableExports(results, catalogue);
  const ofScope = (scope: string) =>
    Object.entries(versions)
      .filter(([name]) => (/^@[^/]+(?=\/)/.exec(name)?.[0] ?? "") === scope)
      .map(([name, version]) => `${name.slice(name.indexOf("/") + 1)} ${version}`)
      .join(", ");
  return html`<section class="made">
    <h2>How this was made</h2>
    <dl>
      <dt>command</dt>
      <dd><code>${repeatCommand(results).map((part) => html`<span>${part}</span> `)}</code></dd>
      <dt>seeds</dt>
      <dd>${seedsText(choices)}</dd>
      <dt>time</dt>
      <dd>${timeText(results)}</dd>
      ${machinesText(results)}
      <dt>backend</dt>
      <dd>
        TensorFlow.js ${backend.tensorflow}
        (${backend.name}${backend.adapter === null ? "" : ` on ${backend.adapter}`})
      </dd>
      <dt>training steps</dt>
      <dd>${engineText(jobs)}</dd>
      ${["@invertible", "@tensorflow"].map(
        (scope) =>
          html`<dt>${scope}</dt>
            <dd>${ofScope(scope)}</dd>`,
      )}
      <dt>other software</dt>
      <dd>${ofScope("")}</dd>
      <dt>downloads</dt>
      <dd>
        ${download("results.json", "application/json", JSON.stringify(results))}, tables as
        ${download("tables.md", "text/markdown", markdown)} and
        ${download("tables.tex", "application/x-tex", latex)}
      </dd>
    </dl>
  </section>`;
}

function timeText(results: Results): string {
  const { startedAt, finishedAt, timing } = results;
  const sideBySide =
    timing.jobsSideBySide === null ? "" : `, with at most ${timing.jobsSideBySide} jobs at a time`;
  return `${minuteOf(startedAt)} to ${minuteOf(finishedAt)} UTC${duration(results)}${sideBySide}`;
}

/** One machine, or each of several with the jobs that it ran. */
function machinesText({ machine, jobs }: Results): Html {
  const used = machinesOf(jobs);
  if (used.length === 0)
    return html`<dt>machine</dt>
      <dd>${describeOne(machine)}</dd>`;
  return html`<dt>machines</dt>
    <dd>
      ${used.map(
        ({ machine: each, jobs: own }) =>
          html`<div>
            ${each.name}: ${describeOne(each)}
            <details>
              <summary>${own.length} ${own.length === 1 ? "job" : "jobs"}</summary>
              ${own.join(", ")}
            </details>
          </div>`,
      )}
    </dd>`;
}

const describeOne = ({ cores, processor, memoryGiB, system }: Results["machine"]) =>
  `${cores} x ${processor}, ${memoryGiB} GiB, ${system}`;

const seedsText = ({ seed, seeds }: Results["choices"]) =>
  seeds === 1 ? String(seed) : `${seed} to ${seed + seeds - 1}`;

/** A file inside the page, so that it can be taken from it without a network. */
function download(name: string, type: string, content: string): Html {
  const bytes = Buffer.from(content);
  return html`<a download="${name}" href="data:${type};base64,${bytes.toString("base64")}">${name}</a>`;
}

/** The time that the command measured is that since its last start, which is less than all where a run was interrupted. */
function duration({ startedAt, finishedAt, timing: { seconds } }: Results): string {
  const all = (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
  const interrupted = all > seconds + 60;
  return ` (${interrupted ? "interrupted; since then " : ""}${formatDuration(seconds)} minutes)`;
}

/** 2025-01-01T10:00:00.000Z -> 2025-01-01 10:00 */
const minuteOf = (time: string) => time.slice(0, 16).replace("T", " ");

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
