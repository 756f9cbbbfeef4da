/**
 * Seven bits of the eight: where a processor lacks VNNI, onnxruntime's kernel adds pairs of products in 16 bits and
 * saturates on full-range weights (cosine 0.94 on ViT-L/14 instead of 0.9996). A package has to run anywhere.
 */
const maxCode = 63;

/** A linear layer's weight [outputs, inputs] as int8 [inputs, outputs] with one scale for each output, symmetric. */
export function quantiseMatrix(
  weight: Float32Array,
  outputs: number,
  inputs: number,
): { matrix: Int8Array; scales: Float32Array } {
  if (weight.length !== outputs * inputs) {
    throw new RangeError(`${weight.length} values do not fill [${outputs}, ${inputs}]`);
  }
  const matrix = new Int8Array(weight.length);
  const scales = new Float32Array(outputs);
  for (let n = 0; n < outputs; n++) {
    const row = weight.subarray(n * inputs, (n + 1) * inputs);
    const peak = row.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    // a row of zeros can have any scale; zero or a denormal one would make the products NaN or coarse
    const scale = peak < 1e-30 ? 1 : Math.fround(peak / maxCode);
    scales[n] = scale;
    row.forEach((value, k) => {
      matrix[k * outputs + n] = Math.round(value / scale);
    });
  }
  return { matrix, scales };
}
