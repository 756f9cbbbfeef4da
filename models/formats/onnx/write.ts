import { modelProto } from './schema.ts';

/** A size known now, or the name of one known at run time. */
export type OnnxDim = number | string;
export type OnnxDType = 'float32' | 'int64' | 'bool' | 'uint8' | 'int8';

export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly string: string };

export interface OnnxNode {
  readonly opType: string;
  /** Empty for the standard operators, `com.microsoft` for onnxruntime's own. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxValue {
  readonly name: string;
  readonly dtype: OnnxDType;
  readonly shape: readonly OnnxDim[];
}

/** Elements in another file, in the same folder as the model: what a protobuf of at most 2 GiB has no room for. */
export interface ExternalData {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

export interface OnnxInitializer {
  readonly name: string;
  readonly dtype: OnnxDType;
  readonly shape: readonly number[];
  /** Little-endian elements, row-major. */
  readonly data: Uint8Array | ExternalData;
}

export interface OnnxModel {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly initializers: readonly OnnxInitializer[];
}

/** 18 is the first opset whose ScatterND adds and whose reductions take their axes as an input. */
const opset = 18;
const irVersion = 10;

/** Names this writer in the files that it writes. */
export const producerName = 'stan-llava';

/** TensorProto.DataType */
const elementTypes: Record<OnnxDType, number> = { float32: 1, uint8: 2, int8: 3, int64: 7, bool: 9 };

function attributeProto(name: string, attribute: OnnxAttribute): object {
  // AttributeProto.AttributeType: FLOAT 1, INT 2, STRING 3, INTS 7
  if ('float' in attribute) return { name, type: 1, f: attribute.float };
  if ('int' in attribute) return { name, type: 2, i: attribute.int };
  if ('string' in attribute) return { name, type: 3, s: new TextEncoder().encode(attribute.string) };
  return { name, type: 7, ints: attribute.ints };
}

function valueProto(value: OnnxValue): object {
  const dim = value.shape.map((size) =>
    typeof size === 'number' ? { dim_value: size } : { dim_param: size },
  );
  return {
    name: value.name,
    type: { tensor_type: { elem_type: elementTypes[value.dtype], shape: { dim } } },
  };
}

/** TensorProto.DataLocation */
const external = 1;

function dataProto(data: Uint8Array | ExternalData): object {
  if (data instanceof Uint8Array) return { raw_data: data };
  const entries = Object.entries(data).map(([key, value]) => ({ key, value: String(value) }));
  return { external_data: entries, data_location: external };
}

/** The bytes of an .onnx file (ONNX IR 10, opset 18 and com.microsoft 1), weights inside unless they are external. */
export function encodeOnnx(model: OnnxModel): Uint8Array {
  return modelProto
    .encode({
      ir_version: irVersion,
      producer_name: producerName,
      opset_import: [
        { domain: '', version: opset },
        { domain: 'com.microsoft', version: 1 },
      ],
      graph: {
        name: model.name,
        node: model.nodes.map((node) => ({
          op_type: node.opType,
          domain: node.domain,
          input: node.inputs,
          output: node.outputs,
          attribute: Object.entries(node.attributes).map(([name, value]) => attributeProto(name, value)),
        })),
        input: model.inputs.map(valueProto),
        output: model.outputs.map(valueProto),
        initializer: model.initializers.map((tensor) => ({
          name: tensor.name,
          dims: tensor.shape,
          data_type: elementTypes[tensor.dtype],
          ...dataProto(tensor.data),
        })),
      },
    })
    .finish();
}
