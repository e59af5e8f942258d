import { chain } from "./chain.ts";
import { readConfig } from "./config.ts";
import { flatten } from "./flatten.ts";
import { invert } from "./invert.ts";
import type { LayerType } from "./layer-type.ts";
import { split } from "./split.ts";

/** The composites of this package, for `rebuild`. */
export const bijectionTypes: readonly LayerType[] = [
  {
    layer: "chain",
    build: (config, { rebuild }) =>
      chain(
        readConfig("chain", config)
          .descriptions("parts")
          .map((part) => rebuild(part)),
      ),
  },
  {
    layer: "invert",
    build: (config, { rebuild }) => invert(rebuild(readConfig("invert", config).description("inner"))),
  },
  {
    layer: "split",
    build(config, { rebuild }) {
      const read = readConfig("split", config);
      return split({
        inputShape: read.shape("inputShape"),
        leaving: read.choice("leaving", ["first", "second"]),
        inner: rebuild(read.description("inner")),
      });
    },
  },
  {
    layer: "flatten",
    build: (config) => flatten({ inputShape: readConfig("flatten", config).shape("inputShape") }),
  },
];
