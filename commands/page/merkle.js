// Merkle trees (RFC 6962 section 2.1) and the proofs of RFC 9162 sections 2.1.3.2 and 2.1.4.2.

import { concat, sameBytes } from "./bytes.js";
import { sha256 } from "./sha256.js";

export const EMPTY_ROOT = sha256(new Uint8Array(0));

export function leafHash(bytes) {
  return sha256(bytes, 0);
}

export function nodeHash(left, right) {
  return sha256(concat(left, right), 1);
}

/** The roots of the perfect subtrees of a tree that grows, largest first. */
export class Frontier {
  constructor() {
    this.size = 0;
    this.hashes = [];
  }

  append(leaf) {
    let node = leaf;
    for (let low = this.size; low % 2 === 1; low = (low - 1) / 2) {
      node = nodeHash(this.hashes.pop(), node);
    }
    this.hashes.push(node);
    this.size += 1;
  }

  root() {
    if (this.hashes.length === 0) return EMPTY_ROOT;
    return this.hashes.reduceRight((root, left) => nodeHash(left, root));
  }
}

const half = (number) => Math.floor(number / 2); // beyond 2^31 a shift would not do

/** Return concatenated hashes one by one. */
function hashesOf(bytes) {
  const count = bytes.length / 32;
  return Array.from({ length: count }, (_, at) => bytes.subarray(32 * at, 32 * at + 32));
}

/** Say whether a proof, concatenated hashes, shows a leaf at `index` of the tree of a root. */
export function verifyInclusion(leaf, index, size, root, hashes) {
  const proof = hashesOf(hashes);
  if (index < 0 || index >= size || !areHashes(leaf, root, ...proof)) return false;
  let position = index, last = size - 1, node = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      node = nodeHash(sibling, node);
      while (position % 2 === 0 && position !== 0) [position, last] = [half(position), half(last)];
    } else {
      node = nodeHash(node, sibling);
    }
    [position, last] = [half(position), half(last)];
  }
  return last === 0 && sameBytes(node, root);
}

/** Say whether a proof, concatenated hashes, shows that the new tree continues the old one. */
export function verifyConsistency(older, newer, hashes) {
  const proof = hashesOf(hashes);
  const [old, oldRoot] = older, [size, root] = newer;
  if (old < 0 || old > size || !areHashes(oldRoot, root, ...proof)) return false;
  if (old === 0 && !sameBytes(oldRoot, EMPTY_ROOT)) return false;
  if (old === 0 || old === size) {
    return proof.length === 0 && (old < size || sameBytes(oldRoot, root));
  }
  let position = old - 1, last = size - 1;
  while (position % 2 === 1) [position, last] = [half(position), half(last)];
  const path = position ? proof : [oldRoot, ...proof];
  if (path.length === 0) return false;
  let oldNode = path[0], newNode = path[0];
  for (const sibling of path.slice(1)) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      oldNode = nodeHash(sibling, oldNode);
      newNode = nodeHash(sibling, newNode);
      while (position % 2 === 0 && position !== 0) [position, last] = [half(position), half(last)];
    } else {
      newNode = nodeHash(newNode, sibling);
    }
    [position, last] = [half(position), half(last)];
  }
  return last === 0 && sameBytes(oldNode, oldRoot) && sameBytes(newNode, root);
}

function areHashes(...values) {
  return values.every((value) => value.length === 32);
}
