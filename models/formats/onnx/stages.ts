import { z } from 'zod';
import { modelProto } from './schema.ts';
import { producerName } from './write.ts';

/** A part of a model that is a model itself. Values that pass between stages are inputs and outputs of theirs. */
export interface Stage {
  /** Outputs of the whole model that need it. */
  readonly neededFor: readonly string[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** The bytes of its .onnx file. */
  readonly model: Uint8Array;
}

const names = z.array(z.string());
const named = z.looseObject({ name: z.string() });
const node = z.looseObject({ input: names, output: names });
const graph = z.looseObject({
  node: z.array(node),
  initializer: z.array(named),
  input: z.array(named),
  output: z.array(named),
});
const model = z.looseObject({ producer_name: z.string(), graph });
type Node = z.infer<typeof node>;

/** TensorProto.DataType */
const float32 = 1;

/**
 * Splits a model by its outputs, because onnxruntime computes all of them whichever are asked for: nodes that the same
 * outputs need make up a stage. Stages are in the order in which they run. A value between stages is taken for float32.
 * `undefined` for a file that `encodeOnnx` did not write, and may hold what this does not read.
 */
export function splitStages(bytes: Uint8Array): Stage[] | undefined {
  const decoded = model.safeParse(decode(bytes));
  if (!decoded.success || decoded.data.producer_name !== producerName) return undefined;
  const whole = decoded.data;
  const outputs = whole.graph.output.map(({ name }) => name);
  const groups = groupByNeed(whole.graph.node, outputs);
  const declared = new Map([...whole.graph.input, ...whole.graph.output].map((value) => [value.name, value]));
  const valueInfo = (name: string) =>
    declared.get(name) ?? { name, type: { tensor_type: { elem_type: float32 } } };
  const initializers = new Map(whole.graph.initializer.map((tensor) => [tensor.name, tensor]));
  return groups.map(({ neededFor, nodes }) => {
    const made = new Set(nodes.flatMap(({ output }) => output));
    const read = [...new Set(nodes.flatMap(({ input }) => input))].filter((name) => name !== '');
    const elsewhere = new Set(
      groups.flatMap((other) => (other.nodes === nodes ? [] : other.nodes.flatMap(({ input }) => input))),
    );
    const stageInputs = read.filter((name) => !made.has(name) && !initializers.has(name));
    const stageOutputs = [...made].filter((name) => elsewhere.has(name) || outputs.includes(name));
    const stage = {
      ...whole,
      graph: {
        ...whole.graph,
        node: nodes,
        initializer: read.flatMap((name) => initializers.get(name) ?? []),
        input: stageInputs.map(valueInfo),
        output: stageOutputs.map(valueInfo),
      },
    };
    return {
      neededFor,
      inputs: stageInputs,
      outputs: stageOutputs,
      model: modelProto.encode(stage).finish(),
    };
  });
}

function decode(bytes: Uint8Array): unknown {
  try {
    return modelProto.decode(bytes);
  } catch {
    return undefined;
  }
}

interface Group {
  readonly neededFor: readonly string[];
  readonly nodes: Node[];
}

/** Nodes by the outputs that need them, those needed by most first: what a group reads is made by a group before it. */
function groupByNeed(nodes: readonly Node[], outputs: readonly string[]): Group[] {
  const needs = new Map<string, Set<string>>(outputs.map((name) => [name, new Set([name])]));
  const groups = new Map<string, Group>();
  for (const node of [...nodes].reverse()) {
    const own = new Set(node.output.flatMap((name) => [...(needs.get(name) ?? [])]));
    const neededFor = outputs.filter((name) => own.has(name));
    for (const name of node.input) needs.set(name, new Set([...(needs.get(name) ?? []), ...own]));
    if (neededFor.length === 0) continue;
    const key = neededFor.join(' ');
    const group = groups.get(key) ?? { neededFor, nodes: [] };
    group.nodes.unshift(node);
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => b.neededFor.length - a.neededFor.length);
}
