"""The Merkle log: hashes, tiles, proofs, signed notes and checkpoints, as strangers check them."""
