import type { Token } from 'node-llama-cpp';

/** A plain number as the token id node-llama-cpp takes. */
export function tokenId(id: number): Token {
  if (!isTokenId(id)) throw new RangeError(`${id} is not a token id`);
  return id;
}

function isTokenId(id: number): id is Token {
  return Number.isInteger(id) && id >= 0;
}
