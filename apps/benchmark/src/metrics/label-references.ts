import { errorOf } from "../few-labels/class-of.ts";
import { labelPropagation } from "../few-labels/label-propagation.ts";
import { nearestNeighbour } from "../few-labels/nearest-neighbour.ts";
import { defineMetric } from "./metric.ts";
import { estimateFrom, formatEstimate } from "./over-seeds.ts";
import { shareWrong, shareWrongOf } from "./share-wrong.ts";

/** The test error of a method that trains nothing, on the same examples and labels. */
function referenceError(
  method: typeof nearestNeighbour,
  words: { readonly name: string; readonly heading: string; readonly meaning: string },
) {
  return defineMetric({
    ...words,
    from: "data",
    appliesTo: ({ task }) => task === "few-labels",
    value: shareWrong,
    async measure({ data: { train, test }, signal }) {
      return shareWrongOf(errorOf(test, await method(train, test, signal)), test.count);
    },
    text: (value) => `${formatEstimate(estimateFrom([value]))} %`,
    textOverSeeds: (values) => `${formatEstimate(estimateFrom(values))} %`,
  });
}

/** What distances between pixels say without any training. */
export const labelReferences = [
  referenceError(nearestNeighbour, {
    name: "nearest-neighbour-error",
    heading: "test error of the nearest neighbour",
    meaning:
      "The test error, in percent, where each image takes the class of the labelled image with the smallest Euclidean distance between pixels.",
  }),
  referenceError(labelPropagation, {
    name: "label-propagation-error",
    heading: "test error of label propagation",
    meaning:
      "The test error, in percent, where labels spread over the graph that joins each training image with its 7 nearest ones. It uses the images without a label, too.",
  }),
];
