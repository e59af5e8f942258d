import { hoverScript } from "./hover-script.ts";
import { sortScript } from "./sort-script.ts";
import { zoomScript } from "./zoom-script.ts";

/** Runs at the end of the page. Each part adds to what the page shows without it. */
export const pageScript = [sortScript, hoverScript, zoomScript].map((part) => `{${part}}`).join("\n");
