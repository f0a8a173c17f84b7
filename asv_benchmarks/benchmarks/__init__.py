"""Benchmarks of numact for asv."""
