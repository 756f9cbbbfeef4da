/**
 * Rows of a query or key matrix `[heads * headWidth, width]` in llama.cpp's order. Rotary positions turn pairs of
 * values: Hugging Face pairs a head's first half with its second, llama.cpp neighbours.
 */
export function pairNeighbours(matrix: Float32Array, heads: number, width: number): Float32Array {
  const headWidth = matrix.length / width / heads;
  const half = headWidth / 2;
  const paired = new Float32Array(matrix.length);
  for (let head = 0; head < heads; head++) {
    for (let row = 0; row < headWidth; row++) {
      const target = head * headWidth + 2 * (row % half) + Math.floor(row / half);
      const source = (head * headWidth + row) * width;
      paired.set(matrix.subarray(source, source + width), target * width);
    }
  }
  return paired;
}
