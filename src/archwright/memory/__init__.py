"""Memory systems: DRAM channels with their controller, and the traces of requests that they serve."""
