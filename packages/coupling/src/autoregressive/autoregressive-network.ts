import {
  activation,
  add,
  checkActivation,
  concat,
  gatherRows,
  matMul,
  mul,
  newVariable,
  permute,
  prefixed,
  slice,
  dispose,
  tensor,
  tidy,
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
   * outputsPerFeature]. It is called in order, for all features except the last. The result is differentiable throughout.
   *
   * A unit of a hidden layer is computed once all that it may see is known, and only then added to the sums of the next layer. So
   * all calls together multiply about as many numbers as one evaluation of the whole network.
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
  readonly byDegree: DegreeOrder;
}

/** How `valueInOrder` arranges a weight. */
interface DegreeOrder {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
  /** How many outputs each degree has. */
  readonly groups: ReadonlyMap<number, number>;
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
    byDegree: orderByDegree(degrees[i]!, i === 0 ? 1 : expansion, i === hidden.length),
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
  const last = connected.length - 1;
  return {
    value: (x) =>
      connected.reduce((h, { weight, bias, activation }, i) => {
        const sums = add(matMul(h, weight), bias);
        return i === last ? sums : activation!.value(sums);
      }, x),
    valueInOrder(batch, entry) {
      const sorted = connected.map(({ weight, bias, activation, byDegree }) => ({
        weight: permute(gatherRows(weight, byDegree.rows), byDegree.columns),
        bias: permute(bias, byDegree.columns),
        groups: byDegree.groups,
        activation,
      }));
      // Of the hidden layers; of the outputs only where there is no hidden layer.
      const sums = sorted
        .slice(0, Math.max(last, 1))
        .map(({ weight, bias }) => add(zeros([batch, weight.shape[1]!]), bias));
      const numbersOf = (feature: number) => {
        const [begin, size] = [feature * outputsPerFeature, outputsPerFeature];
        if (last === 0) return slice(sums[0]!, [0, begin], [batch, size]);
        return tidy(() => {
          // Units that are still unknown have any value here, and no weight.
          const h = sorted[last - 1]!.activation!.value(sums[last - 1]!);
          const { weight, bias } = sorted[last]!;
          return add(matMul(h, slice(weight, [0, begin], [h.shape[1]!, size])), slice(bias, [begin], [size]));
        });
      };
      /** Adds to the sums of layer i what these inputs contribute, the first of which is input `row`. */
      const contribute = (values: Tensor, i: number, row: number) => {
        const { weight } = sorted[i]!;
        const before = sums[i]!;
        sums[i] = tidy(() =>
          add(before, matMul(values, slice(weight, [row, 0], [values.shape[1]!, weight.shape[1]!]))),
        );
        // Otherwise the sums of all rounds would stay in memory. A gradient has its own references to what it needs.
        dispose(before);
      };
      const done = sums.map(() => 0);
      /** Computes the units of a degree. They have all that they may see, and no other unit changes its value. */
      const finish = (degree: number) => {
        for (let i = 0; i + 1 < last; i++) {
          const { groups, activation } = sorted[i]!;
          const units = groups.get(degree) ?? 0;
          if (units === 0) continue;
          const values = activation!.value(slice(sums[i]!, [0, done[i]!], [batch, units]));
          contribute(values, i + 1, done[i]! * activation!.expansion);
          done[i]! += units;
        }
      };
      // With a single feature, the units see a condition at most and have degree 0.
      finish(0);
      const numbers = [numbersOf(0)];
      for (let feature = 0; feature + 1 < features; feature++) {
        contribute(
          tidy(() => entry(numbers[feature]!, feature)),
          0,
          feature,
        );
        finish(feature + 1);
        numbers.push(numbersOf(feature + 1));
      }
      return concat(numbers, 1);
    },
  };
}

/**
 * The order of a layer's inputs and outputs by rising degree. An activation to pairs makes copies of each input: they follow
 * each other degree by degree, and for the last layer one after the other.
 */
function orderByDegree({ from, to }: LayerDegrees, copies: number, last: boolean): DegreeOrder {
  const sources = unitsByDegree(from);
  const targets = unitsByDegree(to);
  const copied = (units: readonly number[]) =>
    Array.from({ length: copies }, (_, copy) => units.map((unit) => copy * from.length + unit)).flat();
  return {
    rows: last ? copied([...sources.values()].flat()) : [...sources.values()].flatMap(copied),
    columns: [...targets.values()].flat(),
    groups: new Map([...targets].map(([degree, units]) => [degree, units.length])),
  };
}

/** The units of each degree, by rising degree. */
function unitsByDegree(degrees: readonly number[]): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  const units = degrees.map((_, unit) => unit).sort((a, b) => degrees[a]! - degrees[b]! || a - b);
  for (const unit of units) {
    const group = groups.get(degrees[unit]!);
    if (group) group.push(unit);
    else groups.set(degrees[unit]!, [unit]);
  }
  return groups;
}
