import { createRandom } from "@invertible/ops";
import type { Random } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { entryNamed } from "../catalogue/catalogue.ts";
import type { Catalogue } from "../catalogue/catalogue.ts";
import type { LoadedData } from "../catalogue/dataset-entry.ts";
import type { BuiltModel } from "../catalogue/model-entry.ts";
import type { Unit } from "../catalogue/task-entry.ts";
import type { BackendFacts } from "../run/messages.ts";
import { backendFacts } from "./backend-facts.ts";
import { loadExamples } from "./load-examples.ts";
import type { JobRequest } from "./request.ts";

/** What a job works on: its data and a model that has not been trained. */
export interface OpenJob {
  readonly backend: BackendFacts;
  readonly data: LoadedData;
  /** Of the data. */
  readonly digest: string;
  readonly unit: Unit;
  readonly model: BuiltModel;
  /** The same for all models: they see the same examples in the same order. */
  readonly random: Random;
}

/** The flow of the result belongs to the caller. */
export async function openJob(request: JobRequest, catalogue: Catalogue): Promise<OpenJob> {
  const { job, workload } = request;
  const dataset = entryNamed(catalogue.datasets, job.dataset);
  const backend = backendFacts(await startBackend(request.backend));
  const random = createRandom(job.seed).fold(job.dataset);
  const { data, digest } = await loadExamples(dataset, request, random.fold("data"));
  const model = await entryNamed(catalogue.models, job.model).build({
    kind: dataset.kind,
    shape: data.train.shape,
    classes: dataset.classes,
    size: workload.size,
    random: random.fold("start").fold(job.model),
  });
  const unit = entryNamed(catalogue.tasks, job.task).unit(dataset.kind);
  return { backend, data, digest, unit, model, random };
}
