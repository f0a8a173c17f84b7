"""The engine: turns a formula into compiled loops and runs them. The only part that imports Numba."""
