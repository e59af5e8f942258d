import { magmaGradient } from "./pictures/color-scale.ts";

/** The colours of the models of a page, light and dark. */
export function modelStyle(models: readonly { readonly name: string; readonly color: PageColor }[]): string {
  const variables = (mode: keyof PageColor) =>
    models.map(({ name, color }) => `${modelVariable(name)}: ${color[mode]};`).join(" ");
  return `:root { ${variables("light")} } @media (prefers-color-scheme: dark) { :root { ${variables("dark")} } }`;
}

interface PageColor {
  readonly light: string;
  readonly dark: string;
}

/** The CSS variable that holds a model's colour. */
export function modelVariable(model: string): string {
  return `--model-${model}`;
}

/** The page's style sheet. No fonts, no images: everything comes with the reader's machine. */
export const style = `
:root {
  color-scheme: light dark;
  --ink: #1c2024; --soft: #5b6470; --line: #dfe3e8; --page: #fbfcfd; --card: #ffffff; --accent: #f3f5f8;
  --data: #3f7d4e; --focus: #1a66d2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6e9ed; --soft: #9aa4b1; --line: #2c333c; --page: #12161b; --card: #191f26; --accent: #212932;
    --data: #7fc492; --focus: #7db1ff;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1300px; margin: 0 auto; padding: 28px 20px 60px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 6px; letter-spacing: -.01em; }
h2 { font-size: 21px; margin: 44px 0 12px; padding-top: 14px; border-top: 1px solid var(--line); }
h3 { font-size: 15px; margin: 0 0 8px; }
p { margin: 0 0 12px; max-width: 80ch; }
.soft, figcaption, dd { color: var(--soft); }
code { font: 13px/1.4 ui-monospace, monospace; background: var(--accent); padding: 1px 5px; border-radius: 4px; overflow-wrap: anywhere; }
code span { display: inline-block; max-width: 100%; }
cite { font-style: normal; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--card); }
table { border-collapse: collapse; width: 100%; font-size: 12.5px; font-variant-numeric: tabular-nums; }
th, td { padding: 7px 6px; text-align: left; white-space: nowrap; border-bottom: 1px solid var(--line); }
tr:last-child td { border-bottom: 0; }
tr.first td { border-top: 2px solid var(--line); }
.sorted tr.first td { border-top: 0; }
th { font-weight: 600; color: var(--soft); background: var(--accent); }
.right { text-align: right; }
.comparison th[scope=rowgroup], .comparison th[scope=row] { background: none; color: inherit; vertical-align: top; }
.comparison th[scope=rowgroup] { white-space: normal; min-width: 9ch; }
.comparison th[scope=row] { font-weight: 400; }
.comparison th[scope=rowgroup] { border-bottom: 0; }
.comparison tbody tr:last-child > * { border-bottom: 0; }
.comparison tbody + tbody tr:first-child > * { border-top: 2px solid var(--line); }
.comparison thead td { background: var(--accent); min-width: 0; border-bottom: 1px solid var(--line); }
.sorted tr.first td { border-top: 0; }
.comparison-scroll { width: fit-content; max-width: 100%; margin-bottom: 18px; }
.comparison { width: auto; }
.comparison td { text-align: right; vertical-align: top; min-width: 14ch; }
.comparison td.text { white-space: normal; min-width: 24ch; max-width: 40ch; }
.broken { color: #b3261e; font-weight: 600; }
.wrap td { white-space: normal; min-width: 8ch; }
.cards { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 430px), 1fr)); margin-bottom: 16px; }
.panels { display: grid; gap: 10px; grid-template-columns: repeat(auto-fit, minmax(112px, 1fr)); max-width: calc(var(--panels) * 260px); margin-bottom: 16px; }
.panels figure { padding: 8px; }
.panels figcaption { margin-top: 4px; overflow-wrap: anywhere; line-height: 1.25; }
figure { position: relative; margin: 0; padding: 14px; border: 1px solid var(--line); border-radius: 8px; background: var(--card); min-width: 0; }
figure svg { display: block; width: 100%; height: auto; overflow: visible; }
figure img { display: block; width: 100%; height: auto; image-rendering: pixelated; border-radius: 4px; }
figcaption { font-size: 13px; margin-top: 8px; }
.key { display: inline-flex; align-items: center; gap: 6px; margin-right: 14px; font-size: 13px; }
.key::before { content: ""; width: 14px; height: 3px; border-radius: 2px; background: var(--key); }
.scale { display: flex; align-items: center; gap: 10px; font-size: 13px; color: var(--soft); margin-bottom: 16px; flex-wrap: wrap; }
.scale i { width: 180px; height: 12px; border-radius: 3px; background: ${magmaGradient}; }
.made { margin: 20px 0; padding: 14px 18px; border: 1px solid var(--line); border-radius: 8px; background: var(--card); }
.made h2 { margin: 0 0 10px; padding: 0; border: 0; font-size: 17px; }
.made dl { font-size: 13px; gap: 4px 18px; max-width: none; }
.made dd { overflow-wrap: anywhere; }
.sort, .enlarge { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; text-align: inherit; }
[data-sortable]:has(.sort) { cursor: pointer; }
.sort::after { content: " \\2195"; opacity: .55; }
[aria-sort=ascending] .sort::after { content: " \\2191"; opacity: 1; }
[aria-sort=descending] .sort::after { content: " \\2193"; opacity: 1; }
a + .sort { margin-left: 5px; }
.enlarge { display: block; width: 100%; cursor: zoom-in; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
svg:focus:not(:focus-visible) { outline: none; }
.tip { position: absolute; transform: translate(12px, calc(-100% - 8px)); padding: 4px 8px; border: 1px solid var(--line); border-radius: 6px; background: var(--page); color: var(--ink); font-size: 12px; line-height: 1.35; pointer-events: none; white-space: nowrap; z-index: 1; }
.tip.leftwards { transform: translate(calc(-100% - 12px), calc(-100% - 8px)); }
.zoom { max-width: 96vw; max-height: 96vh; padding: 14px; border: 1px solid var(--line); border-radius: 10px; background: var(--card); color: var(--ink); }
.zoom::backdrop { background: rgb(0 0 0 / .6); }
.zoom form { display: flex; justify-content: space-between; align-items: center; gap: 20px; margin-bottom: 10px; }
.zoom form button { font: inherit; font-size: 14px; padding: 4px 14px; }
.zoom div { overflow: auto; max-height: 82vh; }
.zoom svg { display: block; width: min(90vw, 96vw - 32px, 82vh); height: auto; }
.zoom img { display: block; width: min(90vw, 96vw - 32px); max-height: 80vh; object-fit: contain; image-rendering: pixelated; }
h3 + dl { margin-top: 14px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 6px 18px; margin: 0; max-width: 110ch; font-size: 14px; }
dt { font-weight: 600; }
dd { margin: 0; }
ol, ul { margin: 0; padding-left: 22px; max-width: 90ch; font-size: 14px; }
li { margin-bottom: 5px; }
@media (max-width: 760px) {
  main { padding: 20px 14px 40px; }
  h1 { font-size: 23px; }
  .panels { grid-template-columns: repeat(2, minmax(0, 1fr)); max-width: none; }
  .zoom img { width: 200vw; max-height: none; }
  .sort { visibility: hidden; }
  .comparison .sort { visibility: visible; }
  figure { padding: 10px; }
  .scroll { border: 0; background: none; overflow: visible; }
  .comparison { font-size: 11.5px; }
  .comparison th, .comparison td { padding: 6px 4px; }
  .comparison td { min-width: 12ch; }
  .comparison td.text { min-width: 18ch; }
  .comparison th[scope=row] { position: sticky; left: 0; background: var(--card); }
  .comparison-scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--card); }
  .cards-table, .cards-table tbody, .cards-table tr, .cards-table td { display: block; }
  .cards-table thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .cards-table tr { border: 1px solid var(--line); border-radius: 8px; background: var(--card); margin-bottom: 10px; padding: 6px 0; }
  .cards-table td { display: flex; justify-content: space-between; gap: 18px; border: 0; padding: 3px 12px; text-align: right; white-space: normal; }
  .cards-table tr.first td { border: 0; }
  .cards-table td:empty { display: none; }
  .cards-table td:first-child, .cards-table td:nth-child(2) { font-weight: 600; }
  .cards-table td::before { content: attr(data-heading); color: var(--soft); text-align: left; white-space: nowrap; font-weight: 400; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: 8px; }
}
`;
