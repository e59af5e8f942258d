import { chain } from "@invertible/bijection";
import { affineCoupling, denseConditioner } from "@invertible/coupling";
import { createFlow, standardNormal } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { actNorm } from "@invertible/layers";
import { exact } from "@invertible/log-det";
import type { ActivationName, Random } from "@invertible/ops";
import { denseBranch, residualBlock } from "@invertible/residual";
import type { JobRequest } from "../job/request.ts";

export function buildFlow({ job, workload }: JobRequest, random: Random): Flow {
  const a = workload.models[job.model].architecture as any;
  const parts = [];
  if (job.model === "i-resnet") {
    for (let i = 0; i < a.blocks; i++) {
      parts.push(actNorm({ inputShape: [2] }));
      const branch = denseBranch({ features: 2, hidden: a.hidden, activation: a.activation as ActivationName, coefficient: a.coefficient, preactivation: i > 0, random: random.fold(i) });
      parts.push(residualBlock({ branch, logDet: exact() }));
    }
  } else {
    for (let i = 0; i < a.steps; i++) {
      parts.push(actNorm({ inputShape: [2] }));
      parts.push(affineCoupling({ inputShape: [2], passThrough: i % 2 ? "first" : "second", conditioner: denseConditioner({ hidden: a.hidden, random: random.fold(i) }) }));
    }
  }
  return createFlow({ bijection: chain(parts), base: standardNormal({ shape: [2] }) });
}
