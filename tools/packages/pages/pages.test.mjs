import { describe, expect, it } from "vitest";
import { guidePages } from "./guide.mjs";
import { lossFaults } from "./open-pages.mjs";

const fence = "```";

describe("the pages of a guide", () => {
  it("are its sections with an index.html, with the files of the others", () => {
    const text = `# Title
## Program
${fence}js
// train.js
train();
${fence}
${fence}js
unnamed();
${fence}
## First
${fence}html
<!-- index.html -->
<p></p>
${fence}
${fence}sh
npx build one
${fence}
`;
    const [page, ...others] = guidePages(text);
    expect(others).toEqual([]);
    expect(page?.title).toBe("First");
    expect(Object.fromEntries(page?.files ?? [])).toEqual({
      "train.js": "train();\n",
      "index.html": "<p></p>\n",
    });
    expect(page?.commands).toBe("npx build one\n");
  });

  it("are four in ours", () => {
    expect(guidePages().map(({ title }) => title)).toEqual(["Vite", "webpack", "esbuild", "A plain script"]);
    for (const { files, commands } of guidePages()) {
      expect([...files.keys()]).toContain("train.js");
      expect(commands).toMatch(/^npx /m);
    }
  });
});

describe("the losses on a page", () => {
  const lines = (/** @type {readonly (number | string)[]} */ losses) =>
    losses.map((loss, i) => `step ${20 * (i + 1)}: ${loss} nats\n`).join("");

  it("may go up and down, and must fall", () => {
    expect(lossFaults(lines([3.1, 2.9, 2.95, 2.2, 1.8]))).toEqual([]);
    expect(lossFaults(lines([3.1, 2.9, 2.9, 2.9, 2.9]))[0]).toMatch(/expected a loss that falls/);
  });

  it("must be five finite numbers", () => {
    expect(lossFaults(lines([3.1, "NaN", 2.9, 2.5, 2.4]))[0]).toMatch(/expected finite losses/);
    expect(lossFaults(lines([3.1, 2.4]))[0]).toMatch(/expected five lines/);
    expect(lossFaults("")[0]).toMatch(/expected five lines/);
  });
});
