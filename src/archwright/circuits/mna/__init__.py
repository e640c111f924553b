"""The embedded simulator: modified nodal analysis of thousands of sizings at once, and its derivatives."""
