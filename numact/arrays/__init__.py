"""What comes in and what goes out: dtypes, layouts, ``out=``, masks, axes and other array libraries."""

from __future__ import annotations

from numact.arrays.axes import normalize_axes, rows_last, split_in_halves, write_rows
from numact.arrays.dtypes import FLOATING, parameter_dtype, result_dtype
from numact.arrays.inputs import Operand, as_mask, as_operand, has_own_protocol, is_plain
from numact.arrays.outputs import Output, check_output, prepare_output
from numact.arrays.reuse import empty_like
from numact.arrays.wrapping import wrap

__all__ = [
    "FLOATING",
    "Operand",
    "Output",
    "as_mask",
    "as_operand",
    "check_output",
    "empty_like",
    "has_own_protocol",
    "is_plain",
    "normalize_axes",
    "parameter_dtype",
    "prepare_output",
    "result_dtype",
    "rows_last",
    "split_in_halves",
    "wrap",
    "write_rows",
]
