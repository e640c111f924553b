"""Models: small networks that other floors compress, run and search, and the data they learn from.

Data come from the packages of the operating system and are never part of this repository.
"""
