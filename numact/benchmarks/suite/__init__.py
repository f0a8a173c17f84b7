"""The benchmarks that asv runs, made from the registry: one class for each activation.

asv tells a benchmark by its name alone. So an activation's numbers are those of a class with the activation's
own name, never those of the Nth of a list of names, which another environment may have in another order.

Dashboards copy this folder out, to time every commit with the same benchmarks: its modules import each other
relatively, and else numact's public names and, where a benchmark is set up, what it needs.
"""
