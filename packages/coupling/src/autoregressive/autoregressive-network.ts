import {
  activation,
  add,
  checkActivation,
  concat,
  matMul,
  mul,
  newVariable,
  prefixed,
  slice,
  tensor,
  zeros,
} from "@invertible/ops";
import type { Activation, ActivationName, NamedVariables, Random, Tensor, Variable } from "@invertible/ops";
import { autoregressiveDegrees, checkAutoregressive } from "./autoregressive-connections.ts";
import type { LayerDegrees } from "./autoregressive-connections.ts";
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
  /** Numbers per example in the condition; 0 without one. */
  readonly conditionFeatures: number;
}

/** A network whose numbers for each feature depend only on the features before it. */
export interface AutoregressiveNetwork {
  /** The variables that training changes, by name. */
  readonly parameters: NamedVariables;
  /**
   * Binds the network to its present weights and to a condition [B, conditionFeatures], if it takes one. Call it, and use what
   * it returns, inside one `tidy`.
   */
  bind(condition?: Tensor): BoundAutoregressiveNetwork;
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
  /** The weights of the condition, [conditionFeatures, outputs]. Only the first layer may have some. */
  readonly conditionWeight?: Variable;
  readonly activation: Activation | undefined;
  /** The kept weights, in the shape of the weight. They are plain numbers, so that no tensor has to be freed with the layer. */
  readonly connections: Float32Array;
}

/**
 * Makes a multi-layer perceptron whose weights are multiplied by constant connections. Hidden weights and biases start uniform
 * on +-1/sqrt(inputs), the last layer at zero. A condition c adds c V to the first layer, as if it were more inputs which every
 * unit may see; V is the parameter "0.conditionWeight".
 *
 * @throws ArgumentError as `autoregressiveConnections`, and for an unknown activation.
 * @see Germain, Gregor, Murray, Larochelle (2015), arXiv 1502.03509
 */
export function autoregressiveNetwork(
  where: string,
  options: AutoregressiveNetworkOptions,
): AutoregressiveNetwork {
  const { features, hidden, outputsPerFeature, random, conditionFeatures } = options;
  checkActivation(`${where}.activation`, options.activation);
  const sizes = { features, hidden, outputsPerFeature };
  checkAutoregressive(sizes);
  const activations = hidden.map(() => activation(options.activation));
  const expansion = hidden.length === 0 ? 1 : activations[0]!.expansion;
  const widths = [...hidden, features * outputsPerFeature];
  // The variables first: a build from a file is refused here, where they are larger than the file.
  const variables = widths.map((outputs, i) => {
    const own = i === 0 ? features : widths[i - 1]! * expansion;
    const inputs = own + (i === 0 ? conditionFeatures : 0);
    const bound = 1 / Math.sqrt(inputs);
    const start = (part: string, shape: number[]) =>
      newVariable(shape, () =>
        i === hidden.length ? zeros(shape) : random.fold(i).fold(part).uniform(shape, -bound, bound),
      );
    return {
      weight: start("weight", [own, outputs]),
      bias: start("bias", [outputs]),
      ...(i === 0 && conditionFeatures > 0
        ? { conditionWeight: start("condition", [conditionFeatures, outputs]) }
        : {}),
    };
  });
  const degrees = autoregressiveDegrees(sizes).layers;
  const layers = variables.map((own, i): Layer => ({
    ...own,
    activation: activations[i],
    connections: connectionsOf(degrees[i]!, i === 0 ? 1 : expansion),
  }));
  return {
    parameters: named(
      layers.map(({ weight, bias, conditionWeight, activation }) => ({
        weight,
        bias,
        ...(conditionWeight && { conditionWeight }),
        ...prefixed("activation", activation?.parameters ?? {}),
      })),
    ),
    bind: (condition) => bind(layers, features, outputsPerFeature, condition),
  };
}

/** [inputs, outputs]. An activation that makes pairs gives all first entries, then all second ones. */
function connectionsOf({ from, to, reaches }: LayerDegrees, copies: number): Float32Array {
  const connections = new Float32Array(copies * from.length * to.length);
  for (let row = 0; row < copies * from.length; row++) {
    const degree = from[row % from.length]!;
    to.forEach((target, column) => {
      if (reaches(degree, target)) connections[row * to.length + column] = 1;
    });
  }
  return connections;
}

function bind(
  layers: readonly Layer[],
  features: number,
  outputsPerFeature: number,
  condition: Tensor | undefined,
): BoundAutoregressiveNetwork {
  const connected = layers.map(({ connections, bias, conditionWeight, ...layer }) => ({
    ...layer,
    weight: mul(layer.weight, tensor(connections, layer.weight.shape)),
    // [outputs], or [B, outputs] with a condition.
    bias: condition && conditionWeight ? add(matMul(condition, conditionWeight), bias) : bias,
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
      const width = weight.shape[1]!;
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
