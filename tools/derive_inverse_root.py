"""Find the constant from which half the bits of x are subtracted to give those of a first guess at 1/sqrt(x).

Halving and subtracting bits takes the exponent to that of the inverse root, and the mantissa through lines. A
fine grid finds the greatest relative error closely enough, for it changes little with the constant's last
bits. Prints the constant and the error.
"""

from __future__ import annotations

import numpy as np

POINTS = 2**16
MANTISSA_BITS = 52
# 3/2 of the exponent's bias; about so much of it is taken back.
START, REACH = 0x5FE8000000000000, 1 << 50
STEPS = 100


def worst(constant: int, x: np.ndarray) -> float:
    """Give the greatest relative error of the guesses."""
    guess = (constant - (x.view(np.int64) >> 1)).view(np.float64)
    return float(np.abs(guess * np.sqrt(x) - 1).max())


def main() -> None:
    """Print the constant and the error it leaves."""
    x = 1 + 3 * np.arange(POINTS) / POINTS  # [1, 4): what two exponents make of the lines
    low, high = START - REACH, START + REACH
    for _ in range(STEPS):
        third = (high - low) // 3
        if worst(low + third, x) < worst(high - third, x):
            high -= third
        else:
            low += third
    constant = (low + high) // 2
    print(f"0x{constant:X}, relative error {worst(constant, x):.4f}")


if __name__ == "__main__":
    main()
