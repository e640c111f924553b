"""Weights: taken out (`prune`), shared (`sharing`), rounded (`affine`, `feedback_rounding`), and healed by training.

`noise_shares` and `without_training` do without data; `code_bits` and `search` choose bits and densities per layer;
`sparse_product` multiplies with what is left.
"""
