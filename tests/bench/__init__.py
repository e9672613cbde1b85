"""Benchmarks: each family prints one JSON line a figure, with the physical limit beside it."""
