import { z } from "zod";

const settingsSchema = z.strictObject({
  /** What this machine is called in results. */
  machine: z.string(),
  /** The folder of data, as given by --data. */
  data: z.string().nullable(),
});
type WorkerSettings = z.infer<typeof settingsSchema>;

const name = "INVERTIBLE_WORKER";

/** For the environment of the processes in which a worker runs cells. */
export const writeSettings = (settings: WorkerSettings): Record<string, string> => ({
  [name]: JSON.stringify(settings),
});

export const readSettings = (): WorkerSettings => settingsSchema.parse(JSON.parse(process.env[name] ?? "{}"));
