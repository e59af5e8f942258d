import { loadMafTable, mafTableNames } from "@invertible/datasets/node";
import type { MafTableName } from "@invertible/datasets/node";
import { firstExamples } from "../../job/examples.ts";
import type { DatasetEntry } from "../dataset-entry.ts";
import { findInFolder } from "../find-source.ts";

const titles: Readonly<Record<MafTableName, string>> = {
  power: "POWER, household power consumption in 6 columns",
  gas: "GAS, gas sensors in 8 columns",
  hepmass: "HEPMASS, collisions of particles in 21 columns",
  miniboone: "MINIBOONE, signals of neutrinos in 43 columns",
  bsds300: "BSDS300, 8 x 8 patches of photographs in 63 columns",
};

/** The tables of the MAF paper, prepared and divided as published. The validation rows are left alone. */
export const mafTables: readonly DatasetEntry[] = mafTableNames.map((name) => ({
  name,
  title: titles[name],
  kind: "table",
  tasks: ["density"],
  prepare: (request) =>
    findInFolder(
      name,
      "the folder of the unpacked data.tar.gz of the MAF paper",
      request,
      async (options) => {
        const { rows } = await loadMafTable(name, options);
        if (rows !== "published")
          process.stdout.write(
            `${name}: these rows are another draw than the published one, so published results are of other rows\n`,
          );
      },
    ),
  async load({ train, test, source }) {
    if (source === null || !("folder" in source))
      throw new Error(`${name}: expected a folder with its files, received none`);
    const table = await loadMafTable(name, source);
    return { train: firstExamples(table.train, train), test: firstExamples(table.test, test) };
  },
}));
