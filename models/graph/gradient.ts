import { add } from './ops/elementwise.ts';
import type { OpCall, Tensor } from './tensor.ts';
import { GraphError, scalar, showShape } from './tensor.ts';

/**
 * Reverse-mode derivatives of a scalar `loss` by each of `wanted`, as further graph. A wanted tensor that the loss
 * does not depend on, or an op on the way without a gradient rule, is an error.
 */
export function gradients(loss: Tensor, wanted: readonly Tensor[]): Tensor[] {
  if (loss.shape.length !== 0)
    throw new GraphError('gradients', `the loss is ${showShape(loss.shape)}, not a scalar`);
  const calls = callsInOrder(loss);
  const active = dependents(calls, wanted);
  const sums = new Map<Tensor, Tensor>([[loss, scalar(1)]]);
  for (const call of [...calls].reverse()) {
    if (!active.has(call)) continue;
    if (!call.outputs().some((output) => sums.has(output))) continue;
    if (call.gradient === undefined) throw new GraphError(call.name, 'has no gradient rule');
    const parts = call.gradient((output) => sums.get(output));
    call.inputs.forEach((tensor, index) => {
      const part = parts[index];
      if (part === undefined) return;
      if (showShape(part.shape) !== showShape(tensor.shape)) {
        throw new GraphError(
          call.name,
          `gradient ${showShape(part.shape)} for input ${showShape(tensor.shape)}`,
        );
      }
      const before = sums.get(tensor);
      sums.set(tensor, before === undefined ? part : add(before, part));
    });
  }
  return wanted.map((tensor) => {
    const grad = sums.get(tensor);
    if (grad === undefined)
      throw new GraphError('gradients', `the loss does not depend on ${describe(tensor)}`);
    return grad;
  });
}

/** All op calls that `roots` need, inputs before users. Iterative: graphs are deeper than the stack. */
export function callsInOrder(...roots: readonly Tensor[]): OpCall[] {
  const order: OpCall[] = [];
  const seen = new Set<OpCall>();
  const stack: { call: OpCall; next: number }[] = [];
  const visit = (tensor: Tensor): void => {
    if (tensor.source.kind !== 'op' || seen.has(tensor.source.call)) return;
    seen.add(tensor.source.call);
    stack.push({ call: tensor.source.call, next: 0 });
  };
  for (const root of roots) {
    visit(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const tensor = top.call.inputs[top.next++];
      if (tensor !== undefined) visit(tensor);
      else order.push(stack.pop()?.call ?? top.call);
    }
  }
  return order;
}

/** The calls on a path from a wanted tensor: frozen towers get no backward pass. */
function dependents(calls: readonly OpCall[], wanted: readonly Tensor[]): Set<OpCall> {
  const targets = new Set(wanted);
  const active = new Set<OpCall>();
  for (const call of calls) {
    const depends = call.inputs.some(
      (tensor) => targets.has(tensor) || (tensor.source.kind === 'op' && active.has(tensor.source.call)),
    );
    if (depends) active.add(call);
  }
  return active;
}

function describe(tensor: Tensor): string {
  const { source } = tensor;
  return 'name' in source ? source.name : source.kind === 'op' ? source.call.name : 'a constant';
}
