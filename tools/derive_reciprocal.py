"""Find the constant from which the bits of x are subtracted to give those of a first guess at 1/x.

Subtracting bits subtracts exponents, and takes the mantissa m of x = 2**k (1 + m) through a line in place of
1/(1 + m). With 2046*2**52 - d*2**52 the guess at 1/(1 + m) is (2 - m - d)/2, or (3 - m - d)/4 where
m + d > 1. The d is sought whose greatest relative error is smallest. Prints the constant and the error.
"""

from __future__ import annotations

from mpmath import findroot, mp, mpf

DIGITS = 40


def errors_at_bends(d: mpf) -> tuple[mpf, mpf]:
    """Give the extreme relative errors: where the first line is steepest off, and where the lines meet."""
    middle = (1 - d) / 2  # of the first line, by its derivative
    first = (1 + middle) * (2 - middle - d) / 2 - 1
    meeting = (2 - d) / 2 - 1
    return first, meeting


def main() -> None:
    """Print the constant and the error it leaves."""
    mp.dps = DIGITS
    d = findroot(lambda d: sum(errors_at_bends(d)), mpf("0.1"))
    worst = max(abs(error) for error in errors_at_bends(d))
    for twice_bias, mantissa_bits in ((2046, 52), (254, 23)):
        constant = int(mp.nint((twice_bias - d) * mpf(2) ** mantissa_bits))
        print(f"0x{constant:X}, relative error {float(worst):.4f}")


if __name__ == "__main__":
    main()
