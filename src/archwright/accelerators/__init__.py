"""Accelerators: machines that run neural networks, as exact cycle and energy models."""
