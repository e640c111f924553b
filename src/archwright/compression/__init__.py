"""Compression: fit a trained network into bytes, and write the file that proves it.

`graph` says what a network's layers cost and which widths go together; a `CompressionPlan` says per layer how far to
go, `apply` and `measure` do it and judge it, `budget` holds hard limits. `weights` takes out, shares and rounds them,
`amc` takes out channels, `three_stages` is Deep Compression, and `codec` writes and reads `.awz` files, bit for bit.
"""
