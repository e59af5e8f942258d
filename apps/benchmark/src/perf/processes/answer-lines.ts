import { createInterface } from "node:readline";

/** What a program does for each name of a request. */
export type Answers = Readonly<
  Record<string, (details: Readonly<Record<string, unknown>>) => Promise<Readonly<Record<string, unknown>>>>
>;

/** The other side of `startLineProcess`: answers requests on stdin until it is asked to "end". */
export async function answerLines(answers: Answers): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const { request, ...details } = JSON.parse(line) as { request: string };
    const answer = await respond(answers, request, details);
    process.stdout.write(`${JSON.stringify(answer)}\n`);
    if (request === "end") return;
  }
}

async function respond(answers: Answers, request: string, details: Readonly<Record<string, unknown>>) {
  const known = Object.keys(answers);
  if (!known.includes(request)) return { error: `expected one of ${known.join(", ")}, received ${request}` };
  try {
    return await answers[request]!(details);
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
