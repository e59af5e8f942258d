/** What the user says of the array job. */
export interface SlurmOptions {
  /** Options of sbatch, such as "--time=2:00:00". */
  readonly sbatch: readonly string[];
}

export interface ArrayScript extends SlurmOptions {
  /** Of the run. */
  readonly folder: string;
  /** Which jobs of the run have no result yet. */
  readonly indices: readonly number[];
  /** Of each captured step. */
  readonly threads: number;
  /** Node and its options. */
  readonly node: readonly string[];
  /** The program of the benchmark. */
  readonly program: string;
}

/** Seconds before the end of its time in which a task writes its checkpoint. */
const grace = 60;

/**
 * A batch script of Slurm: one task for each job of a run. A task whose time ends saves a checkpoint and queues itself again, and goes on from
 * there. The user's own options come last, and so replace ours.
 */
export function arrayScript({ folder, indices, threads, node, program, sbatch }: ArrayScript): string {
  const ours = [
    "--job-name=invertible",
    `--array=${ranges(indices)}`,
    `--cpus-per-task=${threads}`,
    `--output=${folder}/slurm/%A_%a.out`,
    "--open-mode=append",
    "--requeue",
    `--signal=B:USR1@${grace}`,
  ];
  return `#!/bin/bash
${[...ours, ...sbatch].map((option) => `#SBATCH ${option}`).join("\n")}

${[...node, program].map(quoted).join(" ")} cell --out ${quoted(folder)} --index "$SLURM_ARRAY_TASK_ID" &
task=$!
ends=no
told=no
# Slurm sends the first before the time ends, and the second where somebody cancels the job.
trap 'ends=yes; told=yes; kill -TERM "$task"' USR1
trap 'told=yes; kill -TERM "$task"' TERM
wait "$task"
code=$?
# A signal ends a wait before the task does.
while [ "$told" = yes ]; do
  told=no
  wait "$task"
  code=$?
done
if [ "$ends" = yes ] && [ "$code" -eq 130 ]; then
  scontrol requeue "\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}"
fi
exit "$code"
`;
}

/** [0, 1, 2, 5, 7, 8] -> "0-2,5,7-8" */
export function ranges(indices: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const index of indices) {
    const last = parts.at(-1);
    if (last && last[1] === index - 1) last[1] = index;
    else parts.push([index, index]);
  }
  return parts.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(",");
}

/** For a shell, whatever the path holds. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
