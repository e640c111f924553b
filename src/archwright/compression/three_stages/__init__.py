"""Deep Compression's three stages, one after another: prune, share, code.

`pipeline` does it, `lenet_recipes` says how for the LeNets, `runs` once per seed; `published_networks` counts the
paper's own, `rates` measures speed.
"""
