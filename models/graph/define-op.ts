import type { DType, NodeWriter, OpCall, Shape, Tensor } from './tensor.ts';
import { GraphError, showShape } from './tensor.ts';

export interface OutputType {
  readonly shape: Shape;
  readonly dtype: DType;
}

export interface GradientContext<A> {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** Gradient of each output; `undefined` where the loss does not depend on it. */
  readonly grads: readonly (Tensor | undefined)[];
  readonly attributes: A;
}

/** All that is known of an op, in one place: nothing else in the project branches on an op's name. */
export interface OpRule<A extends object> {
  readonly name: string;
  /** Types of the outputs; throws a `GraphError` where the inputs do not fit. */
  types(inputs: readonly Tensor[], attributes: A): readonly OutputType[];
  onnx(
    writer: NodeWriter,
    names: readonly string[],
    attributes: A,
    inputs: readonly Tensor[],
  ): readonly string[];
  /** One entry per input. Left out: asking for a gradient through this op fails, by its name. */
  gradient?(context: GradientContext<A>): readonly (Tensor | undefined)[];
}

const defined: string[] = [];

/** The names of all ops loaded so far; the tests demand a reference and a gradient check of each. */
export function opNames(): readonly string[] {
  return defined;
}

/** Makes a graph-building function from a rule: `(inputs, attributes) -> outputs`. */
export function defineOp<A extends object>(
  rule: OpRule<A>,
): (inputs: readonly Tensor[], attributes: A) => readonly Tensor[] {
  defined.push(rule.name);
  return function build(inputs, attributes) {
    const types = rule.types(inputs, attributes);
    const call: OpCall = {
      name: rule.name,
      inputs,
      attributes,
      emit: (writer, names) => rule.onnx(writer, names, attributes, inputs),
      ...(rule.gradient && {
        gradient: (grads, outputs) => rule.gradient?.({ inputs, outputs, grads, attributes }) ?? [],
      }),
    };
    return types.map(({ shape, dtype }, output) => ({ shape, dtype, source: { kind: 'op', call, output } }));
  };
}

/** `defineOp` for ops of one output, whose gradient is never missing when the rule is asked. */
export function defineSingle<A extends object>(
  rule: Omit<OpRule<A>, 'types' | 'onnx' | 'gradient'> & {
    type(inputs: readonly Tensor[], attributes: A): OutputType;
    onnx(writer: NodeWriter, names: readonly string[], attributes: A, inputs: readonly Tensor[]): string;
    gradient?(context: {
      inputs: readonly Tensor[];
      output: Tensor;
      grad: Tensor;
      attributes: A;
    }): readonly (Tensor | undefined)[];
  },
): (inputs: readonly Tensor[], attributes: A) => Tensor {
  const { gradient } = rule;
  const build = defineOp<A>({
    name: rule.name,
    types: (inputs, attributes) => [rule.type(inputs, attributes)],
    onnx: (writer, names, attributes, inputs) => [rule.onnx(writer, names, attributes, inputs)],
    ...(gradient && {
      gradient: ({ inputs, outputs, grads, attributes }) =>
        gradient({ inputs, output: at(outputs, 0), grad: at(grads, 0), attributes }),
    }),
  });
  return (inputs, attributes) => at(build(inputs, attributes), 0);
}

/** Element `index` of a list that the caller knows to be there; says so by failing rather than by a cast. */
export function at<T>(list: readonly (T | undefined)[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new GraphError('graph', `nothing at place ${index} of ${list.length}`);
  return item;
}

export function expectRank(op: string, tensor: Tensor, least: number): void {
  if (tensor.shape.length < least) {
    throw new GraphError(op, `needs at least ${least} axes, got ${showShape(tensor.shape)}`);
  }
}

export function expectFloat(op: string, tensor: Tensor): void {
  if (tensor.dtype !== 'float32') throw new GraphError(op, `needs float32, got ${tensor.dtype}`);
}

/** A possibly negative axis as its place from the front. */
export function frontAxis(op: string, tensor: Tensor, axis: number): number {
  const front = axis < 0 ? axis + tensor.shape.length : axis;
  if (front < 0 || front >= tensor.shape.length) {
    throw new GraphError(op, `${showShape(tensor.shape)} has no axis ${axis}`);
  }
  return front;
}
