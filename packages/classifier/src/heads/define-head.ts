import { placeOf } from "@invertible/bijection";
import type { Call, Starter } from "@invertible/bijection";
import { checkShape, fail } from "@invertible/errors";
import type { JsonObject } from "@invertible/errors";
import { checkBatch, tidy } from "@invertible/ops";
import type { NamedVariables, Shape, Tensor } from "@invertible/ops";
import { checkClasses } from "../check-classes.ts";
import type { Head } from "./head.ts";

/** What the author of a head writes: the mathematics, without checks or clean-up. See `Head` for each field. */
export interface HeadDefinition {
  readonly name: string;
  readonly inputShape: Shape;
  readonly classes: number;
  readonly parameters?: NamedVariables;
  readonly state?: NamedVariables;
  readonly config: JsonObject;
  /**
   * Maps features z [B, ...inputShape] to new logits [B, classes]. A layer that is part of the head takes `childCall(call, key)`,
   * and the names of its variables begin with the same key.
   */
  logits(z: Tensor, call: Call): Tensor;
  /** The data-dependent start, from a batch of features. */
  readonly starter?: { start(z: Tensor, call: Call): Promise<void> };
}

/**
 * Makes a head from its definition. Adds shape checks, frees intermediate tensors, and reports the logits to `call.trace.observe`.
 *
 * @throws ArgumentError for a shape or a number of classes out of range, and where a parameter and a state variable have the same name.
 * @throws ShapeError on every call with a wrong batch, naming head, expected and received shape.
 */
export function defineHead(definition: HeadDefinition): Head {
  const { name, inputShape, classes, parameters = {}, state = {}, config, starter } = definition;
  checkShape(`${name}.inputShape`, inputShape);
  checkClasses(`${name}.classes`, classes);
  const both = Object.keys(parameters).find((key) => Object.hasOwn(state, key));
  if (both !== undefined) fail(name, "different names for parameters and state", both);
  return Object.freeze({
    name,
    inputShape: Object.freeze([...inputShape]),
    classes,
    parameters: Object.freeze({ ...parameters }),
    state: Object.freeze({ ...state }),
    config,
    logits(z: Tensor, call: Call = {}): Tensor {
      const where = `${placeOf(name, call.trace?.path)}.logits`;
      checkBatch(`${where} z`, z, inputShape);
      return tidy(() => {
        const value = definition.logits(z, call);
        checkBatch(`${where} result`, value, [classes]);
        const { path, observe } = call.trace ?? { path: "" };
        observe?.({ path, layer: name, direction: "forward", tensor: "y", value });
        return value;
      });
    },
    ...(starter && {
      starter: Object.freeze({
        async start(z: Tensor, call: Call = {}): Promise<void> {
          checkBatch(`${placeOf(name, call.trace?.path)}.initialise z`, z, inputShape);
          await starter.start(z, call);
        },
      } satisfies Starter),
    }),
  } satisfies Head);
}
