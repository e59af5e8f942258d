import { denseHeadType } from "./dense-head.ts";
import type { HeadType } from "./head.ts";
import { mixtureHeadType } from "./mixture-head.ts";
import { pooledHeadType } from "./pooled-head.ts";

/** The types of all heads of this package, for `loadClassifier`. */
export const headTypes: readonly HeadType[] = [denseHeadType, mixtureHeadType, pooledHeadType];
