"""How a call travels: parameters bound, arrays prepared, the kernel fetched, run and answered for."""
