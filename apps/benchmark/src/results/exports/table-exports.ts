import type { Catalogue } from "../../catalogue/catalogue.ts";
import type { Results } from "../schema.ts";
import { headlineTables } from "./headline-table.ts";
import { latexTables } from "./latex.ts";
import { markdownTables } from "./markdown.ts";

/** The comparison for other documents: tables.md and tables.tex. */
export function tableExports(
  results: Pick<Results, "jobs" | "published">,
  catalogue: Pick<Catalogue, "models">,
): { readonly markdown: string; readonly latex: string } {
  const tables = headlineTables(results, catalogue);
  return { markdown: markdownTables(tables), latex: latexTables(tables) };
}
