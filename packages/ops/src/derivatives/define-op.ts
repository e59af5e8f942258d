import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "../tensors/types.ts";

/** Constants of an operation, which are not differentiated. */
export type Attributes = Readonly<Record<string, number | boolean | readonly number[]>>;
type Inputs<Name extends string> = Readonly<Record<Name, Tensor>>;

/** A differentiable operation on named inputs. */
export type Op<Name extends string> = (inputs: Inputs<Name>, attributes?: Attributes) => Tensor;

/** An operation with its gradient. Every function here may be called at any order of differentiation. */
export interface OpDefinition<Name extends string> {
  /** Name of the kernel in TensorFlow.js's registry and in its profiles. */
  readonly name: string;
  /** Computes the result. It must be a new tensor, never an input. */
  forward(inputs: Inputs<Name>, attributes: Attributes): Tensor;
  /**
   * For each input, computes the product dy * d(forward)/d(input). It must be written in operations that are right at any
   * order.
   */
  gradient(dy: Tensor, inputs: Inputs<Name>, attributes: Attributes): Readonly<Record<Name, () => Tensor>>;
}

/**
 * The name under which the registry keeps the `forward` of every operation, as a fallback for all backends. No backend has this
 * name. The kernels of `@invertible/wasm-kernels` look for the fallback there.
 */
export const anyBackend = "invertible";

/**
 * Makes a differentiable operation that saves its inputs for the backward pass. TensorFlow.js's own exp, tanh, sigmoid, elu and
 * others save their output, on a tape node that does not depend on the input. Their second derivatives are therefore silently
 * wrong.
 *
 * The operation goes through the kernel registry and not through `customGrad`, for two reasons. Gradients of inputs that nobody
 * asked for are not computed, and a backend can bring a kernel of its own (see `@invertible/wasm-kernels`). Only names of this
 * project are registered, at the first call, so other users of TensorFlow.js see no difference.
 */
export function defineOp<Name extends string>(
  inputNames: readonly Name[],
  definition: OpDefinition<Name>,
): Op<Name> {
  return define(inputNames, definition);
}

/** A differentiable operation with two results on named inputs. */
export type TwinOp<Name extends string> = (inputs: Inputs<Name>, attributes?: Attributes) => Twins;
/** Two results of one operation. */
export type Twins = [Tensor, Tensor];

/** An operation with two results, with its gradient. It saves work where one pass computes both, see `OpDefinition`. */
export interface TwinOpDefinition<Name extends string> {
  readonly name: string;
  forward(inputs: Inputs<Name>, attributes: Attributes): Twins;
  /** For each input, computes the sum of both products dy * d(result)/d(input). TensorFlow.js gives zeros for a result that is not used. */
  gradient(dy: Twins, inputs: Inputs<Name>, attributes: Attributes): Readonly<Record<Name, () => Tensor>>;
}

/** Makes a differentiable operation with two results, as `defineOp` makes one with one. */
export function defineTwinOp<Name extends string>(
  inputNames: readonly Name[],
  definition: TwinOpDefinition<Name>,
): TwinOp<Name> {
  return define(inputNames, definition);
}

/** What both kinds of definitions have in common. R is a tensor or two. */
interface Definition<Name extends string, R> {
  readonly name: string;
  forward(inputs: Inputs<Name>, attributes: Attributes): R;
  gradient(dy: R, inputs: Inputs<Name>, attributes: Attributes): Readonly<Record<Name, () => Tensor>>;
}

function define<Name extends string, R extends Tensor | Twins>(
  inputNames: readonly Name[],
  definition: Definition<Name, R>,
): (inputs: Inputs<Name>, attributes?: Attributes) => R {
  const { name } = definition;
  const byName = (tensors: readonly Tensor[]) =>
    Object.fromEntries(inputNames.map((input, i) => [input, tensors[i]!])) as Record<Name, Tensor>;
  const ready = new Set<string>();

  const prepare = (backendName: string) => {
    if (tf.getGradient(name) === undefined)
      tf.registerGradient({
        kernelName: name,
        inputsToSave: [...inputNames],
        gradFunc: (dy, saved, attributes) =>
          definition.gradient(dy as R, byName(saved), attributes as Attributes),
      });
    for (const backend of [anyBackend, backendName])
      if (tf.getKernel(name, backend) === undefined)
        tf.registerKernel({
          kernelName: name,
          backendName: backend,
          kernelFunc: ({ inputs, attrs }) =>
            tf.tidy(() => definition.forward(inputs as Inputs<Name>, attrs as Attributes)),
        });
    ready.add(backendName);
  };

  return (inputs, attributes = {}) => {
    const backendName = tf.getBackend();
    if (!ready.has(backendName)) prepare(backendName);
    return tf.engine().runKernel<R>(name, inputs, attributes as tf.NamedAttrMap);
  };
}
