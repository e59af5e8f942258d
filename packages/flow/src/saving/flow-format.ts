import type { ModelFormat } from "./model-file.ts";
import { upgradeVersion1 } from "./upgrade-version-1.ts";

/** What the metadata of a saved flow says about itself. */
export const flowFormat = "invertible-flow";
/** The version of the format that `saveFlow` writes. `loadFlow` also reads version 1, and refuses any other. */
export const flowFormatVersion = "2";

/** The format of saved flows, with the older version that loads too. */
export const format: ModelFormat = {
  name: flowFormat,
  version: flowFormatVersion,
  upgrades: { 1: upgradeVersion1 },
};
