"""Models: small networks that other floors compress, run and search, and the data they learn from.

Data and trained weights come from installed packages and are never part of this repository.
"""
