import type { Outcome } from "./schema.ts";

/** The machines of a run that used several, or that were named, by name, each with the names of the jobs that it ran. */
export function machinesOf(jobs: readonly Pick<Outcome, "name" | "machine">[]): UsedMachine[] {
  const used = new Map<string, { machine: UsedMachine["machine"]; jobs: string[] }>();
  for (const { name: job, machine } of jobs) {
    if (machine === null || machine.name === null) continue;
    const { name, ...facts } = machine;
    // Two machines of one name are told apart by what they are.
    const key = JSON.stringify([name, facts]);
    const entry = used.get(key) ?? { machine: { name, ...facts }, jobs: [] };
    entry.jobs.push(job);
    used.set(key, entry);
  }
  return [...used.values()].sort((a, b) => (a.machine.name < b.machine.name ? -1 : 1));
}

export interface UsedMachine {
  readonly machine: NonNullable<Outcome["machine"]> & { readonly name: string };
  readonly jobs: readonly string[];
}
