/**
 * One of several processes that want the same folder at the same moment. It is told when, tries once, and keeps what it won until
 * it is told to give it back.
 */
import { lockFolder } from "../src/run/lock.ts";

export type ContenderOrder = { readonly at: number; readonly folder: string } | "release";
export type ContenderAnswer = "ready" | "won" | "released" | { readonly lost: string };

const answer = (message: ContenderAnswer) => void process.send!(message);
let release = () => {};

async function contend({ at, folder }: Exclude<ContenderOrder, string>): Promise<void> {
  // Timers are late by a millisecond or more; this is not.
  while (performance.timeOrigin + performance.now() < at);
  try {
    release = await lockFolder(folder);
    answer("won");
  } catch (error) {
    answer({ lost: (error as Error).message });
  }
}

process.on("message", (order: ContenderOrder) => {
  if (order !== "release") return void contend(order);
  release();
  answer("released");
});
process.on("disconnect", () => process.exit());
answer("ready");
