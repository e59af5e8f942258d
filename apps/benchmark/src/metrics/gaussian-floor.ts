import { z } from "zod";
import { defineMetric } from "./metric.ts";
import { estimateFrom, formatEstimate } from "./over-seeds.ts";

export const gaussianFloor = defineMetric({
  name: "gaussian-floor",
  heading: "NLL of a Gaussian",
  meaning:
    "The test NLL of the Gaussian with the mean and all correlations of the training examples, in the unit of the test NLL. A model that is no better has learned nothing beyond correlations. It is unknown where columns depend on each other.",
  from: "data",
  appliesTo: ({ task, kind }) => task === "density" && kind !== "plane",
  value: z.strictObject({ value: z.number(), standardError: z.number() }).nullable(),
  async measure({ inUnit, gaussian }) {
    const floor = await gaussian();
    return floor && { value: inUnit(floor.meanNll), standardError: inUnit(floor.standardError) };
  },
  text: (floor, unit) => textOf([floor], unit),
  textOverSeeds: textOf,
});

type Floor = { readonly value: number; readonly standardError: number };

function textOf(floors: readonly (Floor | null)[], unit: string): string {
  const known = floors.filter((floor) => floor !== null);
  return known.length < floors.length ? "unknown" : `${formatEstimate(estimateFrom(known))} ${unit}`;
}
