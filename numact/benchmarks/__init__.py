"""Times measured side by side: numact and other libraries, in turn, on the same arrays and processors.

`peers` alone knows how another library computes an activation, and `timer` alone takes times. The command
``numact bench``, the benchmarks of asv and the page of results are all made of them.
"""
