"""How far a computed activation is from its textbook formula, in units in the last place.

`numact.accuracy.oracle` reads the formula by two kinds of number that share nothing with the kernels: arrays
of error-bounded pairs of floats for the bulk, ball arithmetic for the points where those do not know enough.
Sweeps over all inputs take them in runs of neighbours, each of which has its exact values from one Taylor
polynomial whose coefficients and remainder are balls (`numact.accuracy.runs`).
"""
