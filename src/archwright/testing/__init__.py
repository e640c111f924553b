"""Public conformance suites: the laws that every problem, optimizer, store and fast simulator must keep.

Call one from a test of your own; it raises AssertionError with a sentence that says what is wrong and how to mend it.
`archwright.testing.functions` holds the standard test functions with their known optima.
"""
