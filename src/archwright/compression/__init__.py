"""Compression: fit a trained network into bytes, and write the file that proves it.

`prune`, `weight_sharing` and `affine` transform weights; a `CompressionPlan` says per layer how far; `retrain` heals
the network in between. `packed` holds what is left of a weight tensor, `accounting` counts its bytes before anything
is written, and `codec` writes and reads `.awz` files, bit for bit.
"""
