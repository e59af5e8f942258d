import { readFile, rm } from "node:fs/promises";
import { deserialize, serialize } from "node:v8";
import { writeAtomically } from "../run/atomic-file.ts";

/** Finished measurements of one trained model, kept in a file: a job that goes on does not make them again. */
export interface KeptMeasurements {
  /** What `measure` gave, now or in an earlier process. Equal names stand for the same measurement. */
  once<Value>(name: string, measure: () => Promise<Value>): Promise<Value>;
  /** Spent on measuring, in earlier processes too. */
  seconds(): number;
  /** Removes the file, once the results stand in another. */
  forget(): Promise<void>;
}

const format = "invertible-benchmark-measurements/1";

/** As V8's structured clone stores it: typed arrays stay typed, and NaN, infinities and -0 stay what they are. */
interface Content {
  readonly format: typeof format;
  readonly subject: string;
  readonly seconds: number;
  readonly values: ReadonlyMap<string, unknown>;
}

/**
 * @param subject what was measured. A file about another subject, of another version or damaged counts as none.
 * @param checkWritable throws where the file must not be written
 */
export async function keepMeasurements(
  path: string,
  subject: string,
  checkWritable: () => void,
): Promise<KeptMeasurements> {
  const earlier = await readContent(path, subject);
  const values = new Map(earlier?.values);
  const running = new Map<string, Promise<unknown>>();
  const started = performance.now();
  const seconds = () => (earlier?.seconds ?? 0) + (performance.now() - started) / 1000;

  const run = async (name: string, measure: () => Promise<unknown>) => {
    if (values.has(name)) return values.get(name);
    const value = await measure();
    values.set(name, value);
    checkWritable();
    await writeAtomically(path, serialize({ format, subject, seconds: seconds(), values } satisfies Content));
    return value;
  };
  return {
    once<Value>(name: string, measure: () => Promise<Value>) {
      const result = running.get(name) ?? run(name, measure);
      running.set(name, result);
      return result as Promise<Value>;
    },
    seconds,
    forget: () => rm(path, { force: true }),
  };
}

async function readContent(path: string, subject: string): Promise<Content | undefined> {
  try {
    const content = deserialize(await readFile(path)) as Content;
    return content.format === format && content.subject === subject && content.values instanceof Map
      ? content
      : undefined;
  } catch {
    return undefined;
  }
}
