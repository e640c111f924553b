"""Circuits: netlists, an embedded batched simulator, ngspice, and amplifiers to size.

A `Netlist` is plain data. `mna` simulates thousands of its sizings per call; `ngspice` runs the same netlist in the
real program, and the two agree to the digits that the tests name.
"""
