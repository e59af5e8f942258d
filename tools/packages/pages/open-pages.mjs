import { existsSync } from "node:fs";
import { chromium } from "playwright";
import { chromiumPath, quietly } from "../../ci/chromium.mjs";
import { serve } from "./serve.mjs";

/** Milliseconds. Each page trains for about two seconds on an idle machine. */
const patience = 60_000;

/**
 * Opens each page in headless Chromium, waits until it has trained its model, and reads the losses from the page.
 *
 * @param {readonly import("./check-pages.mjs").BuiltPage[]} pages
 * @returns {Promise<{ complaints: string[], notes: string[] }>}
 */
export async function openPages(pages) {
  if (!existsSync(chromiumPath)) {
    const message = `found no Chromium at ${chromiumPath}: the pages were built, and NOT opened`;
    return process.env["CI"] ? { complaints: [message], notes: [] } : { complaints: [], notes: [message] };
  }
  const browser = await chromium.launch({ executablePath: chromiumPath, args: quietly });
  try {
    const opened = await Promise.all(pages.map((page) => open(browser, page)));
    return {
      complaints: opened.flatMap(({ complaints }) => complaints),
      notes: opened.flatMap(({ note }) => (note ? [note] : [])),
    };
  } finally {
    await browser.close();
  }
}

/**
 * @param {import("playwright").Browser} browser
 * @param {import("./check-pages.mjs").BuiltPage} page
 */
async function open(browser, { title, folder }) {
  const server = await serve(folder);
  const page = await browser.newPage();
  /** @type {string[]} */
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.location().url.endsWith("/favicon.ico"))
      errors.push(message.text());
  });
  try {
    await page.goto(server.url);
    await page.getByText("step 100:").waitFor({ timeout: patience });
  } catch (error) {
    errors.push(String(error));
  }
  const shown = await page
    .locator("#log")
    .textContent({ timeout: 1000 })
    .catch(() => null);
  const text = shown ?? "";
  await page.close();
  server.close();
  const complaints = [...errors, ...lossFaults(text)].map((fault) => `${title}: ${fault}`);
  return complaints.length > 0
    ? { complaints }
    : { complaints, note: `${title}: ${text.trim().replaceAll("\n", ", ")}` };
}

/**
 * What is wrong with the lines "step 20: 2.345 nats" that a page writes.
 *
 * @param {string} text
 * @returns {string[]}
 */
export function lossFaults(text) {
  const losses = [...text.matchAll(/^step \d+: (\S+) nats$/gm)].map(([, loss]) => Number(loss));
  const received = `received ${JSON.stringify(text)}`;
  if (losses.length !== 5) return [`expected five lines with losses, ${received}`];
  if (!losses.every(Number.isFinite)) return [`expected finite losses, ${received}`];
  const [first = NaN, last = NaN] = [losses[0], losses.at(-1)];
  // From 3.1 to 1.8 nats in Node.
  return last < first - 1 ? [] : [`expected a loss that falls by more than 1 nat, ${received}`];
}
