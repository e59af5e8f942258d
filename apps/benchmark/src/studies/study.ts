import type { Random } from "@invertible/ops";
import type { Engine } from "@invertible/trainer";
import type { Html } from "../report/html.ts";
import type { StudyImages } from "./data/load-images.ts";

/** What a study works with. */
export interface StudyContext {
  readonly images: StudyImages;
  /** From `--steps`: how long to train every network. The study chooses where it is undefined. */
  readonly steps: number | undefined;
  readonly random: Random;
  /** What makes the steps of training by likelihood. */
  readonly engine: Engine;
  readonly signal: AbortSignal;
  /** Tells the user what is going on. */
  readonly say: (text: string) => void;
}

/** A figure of the literature: how its numbers are measured here, and how they are drawn. */
export interface Study<Numbers extends object> {
  /** Trains and measures. The result is JSON. */
  measure(context: StudyContext): Promise<Numbers>;
  /** What to show below the title: text, plots and tables. */
  draw(numbers: Numbers): Html;
}

/** What is known of a study before it is loaded. */
export interface StudyEntry {
  /** On the command line and in the folder of its results. */
  readonly name: string;
  /** Heading of its page. */
  readonly title: string;
  /** One line for the help. */
  readonly summary: string;
  /** Authors and place of the published figure. */
  readonly source: string;
  /** Loads TensorFlow.js and everything else that measuring needs. */
  load(): Promise<Study<object>>;
}

/** Hides which numbers a study passes from `measure` to `draw`. */
export function defineStudy<Numbers extends object>(study: Study<Numbers>): Study<object> {
  return { measure: study.measure, draw: (numbers) => study.draw(numbers as Numbers) };
}
