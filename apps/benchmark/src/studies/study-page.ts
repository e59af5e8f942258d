import { html, raw } from "../report/html.ts";
import type { Html } from "../report/html.ts";
import { style } from "../report/style.ts";
import { formatDuration } from "../results/format.ts";
import type { StudyRecord } from "./study-record.ts";
import { studyColorStyle } from "./study-colors.ts";

/** One page with the whole figure inside: no script, no request, no file beside it. */
export function renderStudy(record: StudyRecord, body: Html): string {
  const { title, source, command, seed, seconds, machine, backend, engine, finishedAt, versions } = record;
  const adapter = backend.adapter === null ? "" : ` on ${backend.adapter}`;
  const software = Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ");
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${raw(studyColorStyle)}
          ${raw(style)}
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          <p class="soft">After ${source}.</p>
          ${body}
          <h2>Where this ran</h2>
          <p class="soft">
            It took ${formatDuration(seconds)} minutes, and ended on ${finishedAt.slice(0, 10)} at
            ${finishedAt.slice(11, 16)} UTC. This command repeats it:
          </p>
          <p><code>${command.map((part) => html`<span>${part}</span> `)}</code></p>
          <dl>
            <dt>seed</dt>
            <dd>${seed}</dd>
            <dt>machine</dt>
            <dd>${machine.cores} x ${machine.processor}, ${machine.memoryGiB} GiB, ${machine.system}</dd>
            <dt>backend</dt>
            <dd>TensorFlow.js ${backend.tensorflow} (${backend.name}${adapter})</dd>
            <dt>steps by likelihood</dt>
            <dd>${engine}</dd>
            <dt>software</dt>
            <dd>${software}</dd>
          </dl>
        </main>
      </body>
    </html> `.html;
}
