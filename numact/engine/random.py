"""The counter-based generator of random activations: Philox4x32-10.

Each element's number depends on the seed and on the element's logical index alone, so the same seed gives the
same numbers whatever the thread count, and a backward pass draws them again.

References
----------
J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

INT32, INT64, DOUBLE = ir.IntType(32), ir.IntType(64), ir.DoubleType()
MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
WEYL = (0x9E3779B9, 0xBB67AE85)
ROUNDS = 10


def emit_philox(builder: Any, counter: ir.Value, key: ir.Value) -> list[ir.Value]:
    """Write the code of the four 32-bit words for a 64-bit counter and a 64-bit key."""

    def low(value: ir.Value) -> ir.Value:
        return builder.trunc(value, INT32)

    def high(value: ir.Value) -> ir.Value:
        return builder.trunc(builder.lshr(value, INT64(32)), INT32)

    words = [low(counter), high(counter), INT32(0), INT32(0)]
    keys = [low(key), high(key)]
    for _ in range(ROUNDS):
        first, second = (
            builder.mul(builder.zext(words[2 * half], INT64), INT64(MULTIPLIERS[half])) for half in range(2)
        )
        words = [
            builder.xor(builder.xor(high(second), words[1]), keys[0]),
            low(second),
            builder.xor(builder.xor(high(first), words[3]), keys[1]),
            low(first),
        ]
        keys = [builder.add(each, INT32(weyl)) for each, weyl in zip(keys, WEYL, strict=True)]
    return words


def emit_uniform(builder: Any, counter: ir.Value, key: ir.Value) -> ir.Value:
    """Write the code of a number uniform in (0, 1): 52 random bits and a half."""
    words = emit_philox(builder, counter, key)
    bits = builder.or_(builder.shl(builder.zext(words[0], INT64), INT64(32)), builder.zext(words[1], INT64))
    # 52 bits below an exponent of 0 make a number in [1, 2); half a unit keeps both ends out.
    one_to_two = builder.or_(builder.lshr(bits, INT64(12)), INT64(0x3FF0000000000000))
    fraction = builder.fsub(builder.bitcast(one_to_two, DOUBLE), DOUBLE(1.0))
    return builder.fadd(fraction, DOUBLE(2.0**-53))
