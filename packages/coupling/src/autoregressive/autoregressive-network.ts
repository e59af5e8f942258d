import {
  activation,
  add,
  checkActivation,
  concat,
  matMul,
  mul,
  prefixed,
  slice,
  tensor,
  tidy,
  variable,
  zeros,
} from "@invertible/ops";
import type { Activation, ActivationName, NamedVariables, Random, Tensor, Variable } from "@invertible/ops";
import { autoregressiveConnections } from "./autoregressive-connections.ts";
import { named } from "../conditioners/names.ts";

/** Options of `autoregressiveNetwork`. */
export interface AutoregressiveNetworkOptions {
  /** Number of inputs. */
  readonly features: number;
  /** How many numbers the network gives for each feature. */
  readonly outputsPerFeature: number;
  /** Widths of the hidden layers. */
  readonly hidden: readonly number[];
  /** Key for initial weights. */
  readonly random: Random;
  /** Activation after every hidden layer. */
  readonly activation: ActivationName;
}

/** A network whose numbers for each feature depend only on the features before it. */
export interface AutoregressiveNetwork {
  /** The variables that training changes, by name. */
  readonly parameters: NamedVariables;
  /** Binds the network to its present weights. Call it, and use what it returns, inside one `tidy`. */
  bind(): BoundAutoregressiveNetwork;
}

/** A network bound to its weights. */
export interface BoundAutoregressiveNetwork {
  /**
   * Evaluates the network: x [B, features] -> [B, features * outputsPerFeature]. The numbers of feature i depend only on the
   * features before i.
   */
  value(x: Tensor): Tensor;
  /**
   * Evaluates the network where x is still to be found. `entry` computes x_i [B, 1] from the numbers of feature i [B,
   * outputsPerFeature]. It is called in order, for all features except the last. The result is differentiable throughout. To
   * save work, the sums of the first layer are kept and grow by one input at a time, and the last layer computes only the
   * outputs of one feature.
   */
  valueInOrder(batch: number, entry: (numbers: Tensor, feature: number) => Tensor): Tensor;
}

interface Layer {
  readonly weight: Variable;
  readonly bias: Variable;
  readonly activation: Activation | undefined;
  /** The kept weights, in the shape of the weight. They are plain numbers, so that no tensor has to be freed with the layer. */
  readonly connections: Float32Array;
}

/**
 * Makes a multi-layer perceptron whose weights are multiplied by constant connections. Hidden weights and biases start uniform
 * on +-1/sqrt(inputs), the last layer at zero.
 *
 * @throws ArgumentError as `autoregressiveConnections`, and for an unknown activation.
 * @see Germain, Gregor, Murray, Larochelle (2015), arXiv 1502.03509
 */
export function autoregressiveNetwork(
  where: string,
  options: AutoregressiveNetworkOptions,
): AutoregressiveNetwork {
  const { features, hidden, outputsPerFeature, random } = options;
  checkActivation(`${where}.activation`, options.activation);
  const { layers: connections } = autoregressiveConnections({ features, hidden, outputsPerFeature });
  const activations = hidden.map(() => activation(options.activation));
  const layers = connections.map((reached, i): Layer => {
    // An activation that makes pairs gives all first entries, then all second ones.
    const copies = Array<typeof reached>(activations[i - 1]?.expansion ?? 1).fill(reached);
    const rows = copies.flat();
    const [inputs, outputs] = [rows.length, rows[0]!.length];
    const bound = 1 / Math.sqrt(inputs);
    const start = (part: string, shape: number[]) =>
      tidy(() =>
        variable(
          i === hidden.length ? zeros(shape) : random.fold(i).fold(part).uniform(shape, -bound, bound),
        ),
      );
    return {
      weight: start("weight", [inputs, outputs]),
      bias: start("bias", [outputs]),
      activation: activations[i],
      connections: Float32Array.from(rows.flat()),
    };
  });
  return {
    parameters: named(
      layers.map(({ weight, bias, activation }) => ({
        weight,
        bias,
        ...prefixed("activation", activation?.parameters ?? {}),
      })),
    ),
    bind: () => bind(layers, features, outputsPerFeature),
  };
}

function bind(
  layers: readonly Layer[],
  features: number,
  outputsPerFeature: number,
): BoundAutoregressiveNetwork {
  const connected = layers.map(({ connections, ...layer }) => ({
    ...layer,
    weight: mul(layer.weight, tensor(connections, layer.weight.shape)),
  }));
  const [first, ...inner] = connected.slice(0, -1);
  const last = connected.at(-1)!;

  /** Goes from the sums of the first layer to the inputs of the last one. */
  const through = (sums: Tensor) => {
    let h = first!.activation!.value(sums);
    for (const { weight, bias, activation } of inner) h = activation!.value(add(matMul(h, weight), bias));
    return h;
  };
  return {
    value(x) {
      const h = first === undefined ? x : through(add(matMul(x, first.weight), first.bias));
      return add(matMul(h, last.weight), last.bias);
    },
    valueInOrder(batch, entry) {
      const { weight, bias } = first ?? last;
      const width = bias.shape[0]!;
      let sums = add(zeros([batch, width]), bias);
      const numbersOf = (feature: number) => {
        const [begin, size] = [feature * outputsPerFeature, outputsPerFeature];
        if (first === undefined) return slice(sums, [0, begin], [batch, size]);
        const h = through(sums);
        return add(
          matMul(h, slice(last.weight, [0, begin], [h.shape[1]!, size])),
          slice(last.bias, [begin], [size]),
        );
      };
      const numbers = [numbersOf(0)];
      for (let i = 0; i + 1 < features; i++) {
        sums = add(sums, matMul(entry(numbers[i]!, i), slice(weight, [i, 0], [1, width])));
        numbers.push(numbersOf(i + 1));
      }
      return concat(numbers, 1);
    },
  };
}
