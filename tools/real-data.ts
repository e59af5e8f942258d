/**
 * Real data sets for `*.data.test.ts`. They are too large for this repository and lie beside it, in ../shared/data, where
 * somebody has put them; such a test skips itself where they are absent.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../shared/data", import.meta.url));
const isThere = existsSync(folder);
if (!isThere) console.warn(`SKIPPED: this test needs real data in ${folder}, which is absent`);

export const realData = { folder, isThere };
