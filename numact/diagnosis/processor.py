"""What Numba's target can do: numact's kernels are compiled for it, whatever the machine at hand is."""

from __future__ import annotations

import os
from collections.abc import Iterator

from numact.benchmarks.machine import processor
from numact.diagnosis.fact import Fact
from numact.errors import one_line

TARGET_VARIABLES = ("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES")
SWITCH = "NUMBA_DISABLE_JIT"
# Those that programs are known to be compiled by, from the widest vectors on.
TELLING = ("avx512f", "avx512bw", "avx512fp16", "avx2", "avx", "fma", "f16c", "sse4.2", "sse2", "sve", "neon")


def look() -> Iterator[Fact]:
    """Tell the processor, and what the compiler makes of it."""
    yield Fact("processor", "name", processor())
    try:
        from numact.engine import target, vectorbits  # import Numba
    except Exception as error:
        yield Fact("processor", "import of numba", one_line(error), "problem", _mend_numba())
        return
    if os.environ.get(SWITCH, "0") not in ("", "0"):
        yield Fact("processor", SWITCH, "no kernel is compiled", "problem", f"unset {SWITCH}")
    _, name, text = target.target_key()
    features = {word[1:] for word in text.split(",") if word.startswith("+")}
    narrowed = [variable for variable in TARGET_VARIABLES if os.environ.get(variable)]
    widen = f"unset {' and '.join(narrowed)} to use all that the processor has" if narrowed else ""
    yield Fact.unless(not narrowed, "processor", "target of the compiler", name, widen)
    told = [feature for feature in TELLING if feature in features]
    yield Fact("processor", "features", ", ".join(told) or "those of every such processor")
    bits = vectorbits.vector_bits()
    yield Fact("processor", "vectors", f"{bits} bits" if bits else "unknown")
    for what, is_there, cost in (
        ("fused multiply-add", target.has_fma(), "float32 results are computed in float64 throughout"),
        ("conversion of float16", target.has_f16c(), "float16 is converted by integer arithmetic"),
    ):
        advice = f"{cost}: as accurate, but slower{'; ' + widen if widen else ''}"
        yield Fact.unless(is_there, "processor", what, "yes" if is_there else "no", advice)


def _mend_numba() -> str:
    chosen = sorted(variable for variable in os.environ if variable.startswith("NUMBA_"))
    unset = f"unset {', '.join(chosen)}, or " if chosen else ""
    return f"{unset}pip install --force-reinstall numba llvmlite"
