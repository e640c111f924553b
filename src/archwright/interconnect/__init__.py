"""Interconnect: networks on chip, cycle by cycle, and the subgraphs that keep their round trips short."""
