import type { DType, NodeWriter, OpCall, Shape, Tensor } from './tensor.ts';
import { checkSizes, GraphError, showShape } from './tensor.ts';
import { type Each, mapTuple } from './tuples.ts';

/** The inputs of an op by number: `Unary`, `Binary`, or a tuple of its own. */
export type Inputs = readonly Tensor[];
export type Unary = readonly [x: Tensor];
export type Binary = readonly [a: Tensor, b: Tensor];

export interface OutputType {
  readonly shape: Shape;
  readonly dtype: DType;
}

export interface GradientContext<I extends Inputs, O extends readonly OutputType[], A> {
  readonly inputs: I;
  readonly outputs: Each<O, Tensor>;
  /** Gradient of each output; `undefined` where the loss does not depend on it. */
  readonly grads: Each<O, Tensor | undefined>;
  readonly attributes: A;
}

/** The whole definition of an op, in one place: nothing else in the project branches on an op's name. */
export interface OpRule<I extends Inputs, O extends readonly OutputType[], A extends object> {
  readonly name: string;
  /** Types of the outputs; throws a `GraphError` where the inputs do not fit. */
  types(inputs: I, attributes: A): O;
  /** Adds the nodes that compute the op; returns the names of its outputs. */
  onnx(writer: NodeWriter, names: Each<I, string>, attributes: A, inputs: I): Each<O, string>;
  /** One entry per input. Left out: asking for a gradient through this op fails, by its name. */
  gradient?(context: GradientContext<I, O, A>): Each<I, Tensor | undefined>;
}

const defined: string[] = [];

/** The names of all ops loaded so far; the tests demand a reference and a gradient check of each. */
export function opNames(): readonly string[] {
  return defined;
}

/**
 * Makes a graph-building function from a rule: `(inputs, attributes) -> outputs`. It throws a `GraphError` for an output
 * whose sizes are not whole numbers.
 */
export function defineOp<I extends Inputs, O extends readonly OutputType[], A extends object>(
  rule: OpRule<I, O, A>,
): (inputs: I, attributes: A) => Each<O, Tensor> {
  const { name, gradient } = rule;
  defined.push(name);
  return function build(inputs, attributes) {
    const types = rule.types(inputs, attributes);
    for (const { shape } of types) checkSizes(name, shape);
    const call: OpCall = {
      name,
      inputs,
      attributes,
      outputs: () => outputs,
      emit: (writer, nameOf) => rule.onnx(writer, mapTuple(inputs, nameOf), attributes, inputs),
      ...(gradient && {
        gradient: (gradOf) =>
          gradient({
            inputs,
            outputs,
            grads: mapTuple<Each<O, Tensor>, Tensor | undefined>(outputs, gradOf),
            attributes,
          }),
      }),
    };
    const outputs = mapTuple(
      types,
      ({ shape, dtype }, output): Tensor => ({
        shape,
        dtype,
        source: { kind: 'op', call, output },
      }),
    );
    return outputs;
  };
}

export interface SingleRule<I extends Inputs, A extends object> {
  readonly name: string;
  type(inputs: I, attributes: A): OutputType;
  onnx(writer: NodeWriter, names: Each<I, string>, attributes: A, inputs: I): string;
  gradient?(context: {
    readonly inputs: I;
    readonly output: Tensor;
    readonly grad: Tensor;
    readonly attributes: A;
  }): Each<I, Tensor | undefined>;
}

/** `defineOp` for ops of one output, whose gradient is never missing when the rule is asked. */
export function defineSingle<I extends Inputs, A extends object>(
  rule: SingleRule<I, A>,
): (inputs: I, attributes: A) => Tensor {
  const { name, gradient } = rule;
  const build = defineOp<I, readonly [OutputType], A>({
    name,
    types: (inputs, attributes) => [rule.type(inputs, attributes)],
    onnx: (writer, names, attributes, inputs) => [rule.onnx(writer, names, attributes, inputs)],
    ...(gradient && {
      gradient: ({ inputs, outputs: [output], grads: [grad], attributes }) => {
        if (grad === undefined) throw new GraphError(name, 'has no gradient to pass on');
        return gradient({ inputs, output, grad, attributes });
      },
    }),
  });
  return (inputs, attributes) => build(inputs, attributes)[0];
}

/** The type of an output that is as its float32 input. Throws `GraphError` for an input of another dtype. */
export function sameFloat(op: string, x: Tensor): OutputType {
  expectFloat(op, x);
  return { shape: x.shape, dtype: 'float32' };
}

export function expectRank(op: string, tensor: Tensor, min: number): void {
  if (tensor.shape.length < min) {
    throw new GraphError(op, `needs at least ${min} axes, got ${showShape(tensor.shape)}`);
  }
}

export function expectFloat(op: string, tensor: Tensor): void {
  if (tensor.dtype !== 'float32') throw new GraphError(op, `needs float32, got ${tensor.dtype}`);
}

/** A possibly negative axis as its index from the front. */
export function frontAxis(op: string, tensor: Tensor, axis: number): number {
  const front = axis < 0 ? axis + tensor.shape.length : axis;
  if (!Number.isInteger(front) || front < 0 || front >= tensor.shape.length) {
    throw new GraphError(op, `${showShape(tensor.shape)} has no axis ${axis}`);
  }
  return front;
}
