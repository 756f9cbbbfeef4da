/**
 * Seven bits of the eight: where a processor lacks VNNI, onnxruntime's kernel adds pairs of products in 16 bits and
 * saturates on full-range weights (cosine 0.94 on ViT-L/14 instead of 0.9996). A package has to run anywhere.
 */
const largest = 63;

/** A linear layer's weight [outputs, inputs] as int8 [inputs, outputs] with one scale for each output, symmetric. */
export function quantiseMatrix(
  weight: Float32Array,
  outputs: number,
  inputs: number,
): { matrix: Int8Array; scales: Float32Array } {
  const matrix = new Int8Array(weight.length);
  const scales = new Float32Array(outputs);
  for (let n = 0; n < outputs; n++) {
    const row = weight.subarray(n * inputs, (n + 1) * inputs);
    let peak = 0;
    for (let k = 0; k < inputs; k++) peak = Math.max(peak, Math.abs(row[k] ?? 0));
    // a row of next to nothing has any scale; zero or a denormal one would make the products NaN or coarse
    const scale = peak < 1e-30 ? 1 : Math.fround(peak / largest);
    scales[n] = scale;
    for (let k = 0; k < inputs; k++) matrix[k * outputs + n] = Math.round((row[k] ?? 0) / scale);
  }
  return { matrix, scales };
}
