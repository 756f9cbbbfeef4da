import {
  attend,
  embedPatches,
  encode,
  linear,
  mlp,
  norm,
  plus,
  product,
  type Read,
  type Row,
  type Rows,
  rowAt,
  type Tower,
  transformerLayer,
} from './reference-nets.ts';

/**
 * SigLIP (Zhai et al. 2023) in float64 and plain loops, after its paper and the layout of Hugging Face's SiglipModel,
 * whose names of weights it reads. docs/backbones.md has the formulas.
 */
export interface SiglipText {
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  readonly epsilon: number;
}

/** Hendrycks & Gimpel's tanh form of GELU. */
export const geluTanh = (x: number): number =>
  0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

/** States h_0 .. h_N of one picture: no class token, a bias in the patch embedding, no norm in front. */
export function siglipTower(read: Read, picture: Row, tower: Tower): Rows[] {
  const bias = Array.from(read('vision_model.embeddings.patch_embedding.bias'));
  const positions = read('vision_model.embeddings.position_embedding.weight');
  const tokens = embedPatches(read, picture, tower).map((patch, index) =>
    plus(plus(patch, bias), rowAt(positions, index, tower.width)),
  );
  return encode(read, tokens, tower);
}

/** postLN, then the head: a probe looks at all patches, an MLP follows. */
export function siglipPool(read: Read, tokens: Rows, tower: Tower): Row {
  const seen = tokens.map((token) => norm(read, 'vision_model.post_layernorm', token, tower.epsilon));
  const head = 'vision_model.head';
  const [matrix, bias] = [
    Array.from(read(`${head}.attention.in_proj_weight`)),
    Array.from(read(`${head}.attention.in_proj_bias`)),
  ];
  const { width } = tower;
  const project = (part: number, x: Row): Row =>
    plus(
      product(matrix.slice(part * width * width, (part + 1) * width * width), x),
      bias.slice(part * width, (part + 1) * width),
    );
  const probe = project(0, Array.from(read(`${head}.probe`)));
  const { mixed } = attend(
    probe,
    seen.map((x) => project(1, x)),
    seen.map((x) => project(2, x)),
    tower.heads,
  );
  const gathered = linear(read, `${head}.attention.out_proj`, mixed);
  return plus(
    gathered,
    mlp(read, `${head}.mlp`, norm(read, `${head}.layernorm`, gathered, tower.epsilon), tower),
  );
}

/** Every token through the final norm and the head; the last place is the text's own embedding. No mask anywhere. */
export function siglipText(read: Read, ids: readonly number[], text: SiglipText): Rows {
  const tokens = read('text_model.embeddings.token_embedding.weight');
  const positions = read('text_model.embeddings.position_embedding.weight');
  let state: Rows = ids.map((id, index) =>
    plus(rowAt(tokens, id, text.width), rowAt(positions, index, text.width)),
  );
  for (let layer = 0; layer < text.layers; layer++) {
    state = transformerLayer(read, `text_model.encoder.layers.${layer}`, state, {
      ...text,
      activation: geluTanh,
    });
  }
  return state.map((token) =>
    linear(read, 'text_model.head', norm(read, 'text_model.final_layer_norm', token, text.epsilon)),
  );
}
