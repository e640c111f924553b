"""Archwright finds better computing systems."""
