"""Tensors of PyTorch and arrays of JAX: taken where they lie, and handed back as what they were."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import numact
from numact.errors import ArrayLibraryError, DTypeError

VALUES = np.linspace(-2, 2, 24).reshape(4, 6)
DTYPES = ("float16", "bfloat16", "float32", "float64", "int32")


def numbers(dtype: str) -> np.ndarray[Any, Any]:
    if dtype == "bfloat16":
        return VALUES.astype(pytest.importorskip("ml_dtypes").bfloat16)
    return VALUES.astype(dtype)


class TestTorch:
    @pytest.fixture(autouse=True)
    def library(self) -> None:
        self.torch = pytest.importorskip("torch")

    def tensor(self, dtype: str = "float32") -> Any:
        return self.torch.tensor(VALUES).to(getattr(self.torch, dtype))

    def check(self, result: Any, expected: Any) -> None:
        assert type(result) is self.torch.Tensor
        assert str(result.dtype) == f"torch.{expected.dtype}"
        assert result.tolist() == expected.tolist()

    @pytest.mark.parametrize("dtype", DTYPES)
    def test_dtypes_stay(self, dtype: str) -> None:
        x, bare = self.tensor(dtype), numbers(dtype)
        g, bare_g = numact.selu(x), numact.selu(bare)
        self.check(g, bare_g)
        self.check(numact.softmax(x, dim=0), numact.softmax(bare, axis=0))
        self.check(numact.derivative("selu", x), numact.derivative("selu", bare))
        self.check(numact.vjp("selu", x, g), numact.vjp("selu", bare, bare_g))
        self.check(numact.selu(x[0, 0]), numact.selu(bare[0, 0]))
        self.check(numact.selu(x.T), numact.selu(bare.T))

    @pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
    def test_memory_is_read_and_written_in_place(self, dtype: str) -> None:
        from numact.interop.torch_tensors import as_array, as_tensor

        x = self.tensor(dtype)
        array = as_array("selu", x)
        assert array.ctypes.data == x.data_ptr() == as_tensor(array).data_ptr()
        expected = numact.selu(x)
        assert numact.selu(x, out=x) is x
        assert self.torch.equal(x, expected)

    def test_parameters_may_be_tensors(self) -> None:
        weight = self.torch.linspace(0.1, 1, 6)
        expected = numact.vjp(
            "prelu", numbers("float32"), numbers("float32"), wrt="weight", weight=weight.numpy()
        )
        result = numact.vjp("prelu", self.tensor(), self.tensor(), wrt=("weight",), weight=weight)[0]
        self.check(result, expected)

    def test_gradients_are_not_lost_silently(self) -> None:
        x = self.tensor().requires_grad_()
        with pytest.raises(ArrayLibraryError, match=r"numact\.torch.*x\.detach\(\)"):
            numact.selu(x)
        with self.torch.no_grad():
            self.check(numact.selu(x), numact.selu(numbers("float32")))

    def test_other_devices_and_layouts_are_named(self) -> None:
        with pytest.raises(ArrayLibraryError, match=r"on device 'meta': pass x\.cpu\(\)"):
            numact.selu(self.torch.empty(3, device="meta"))
        with pytest.raises(ArrayLibraryError, match=r"torch\.sparse_coo: pass x\.to_dense\(\)"):
            numact.selu(self.tensor().to_sparse())
        with pytest.raises(DTypeError, match="float8"):
            numact.selu(self.tensor().to(self.torch.float8_e4m3fn))
        with pytest.raises(DTypeError, match="complex"):
            numact.selu(self.tensor().to(self.torch.complex64))


class TestJax:
    @pytest.fixture(autouse=True)
    def library(self) -> None:
        self.jax = pytest.importorskip("jax")

    def check(self, result: Any, expected: Any) -> None:
        assert isinstance(result, self.jax.Array)
        assert result.dtype == expected.dtype
        np.testing.assert_array_equal(np.asarray(result), expected)

    @pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
    def test_dtypes_stay(self, dtype: str) -> None:
        x, bare = self.jax.numpy.asarray(numbers(dtype)), numbers(dtype)
        self.check(numact.selu(x), numact.selu(bare))
        self.check(numact.softmax(x, axis=0), numact.softmax(bare, axis=0))
        self.check(numact.derivative("selu", x), numact.derivative("selu", bare))
        self.check(numact.vjp("selu", x, x), numact.vjp("selu", bare, bare))
        self.check(numact.selu(x[0, 0]), numact.selu(bare[0, 0]))

    def test_double_precision_is_as_jax_has_it(self) -> None:
        whole = self.jax.numpy.arange(-2, 3)
        assert numact.selu(whole).dtype == np.float32
        with self.jax.enable_x64(True):
            x = self.jax.numpy.asarray(VALUES)
            self.check(numact.selu(x), numact.selu(VALUES))

    def test_results_do_not_change_afterwards(self) -> None:
        x = self.jax.numpy.asarray(numbers("float32"))
        first = numact.selu(x)
        before = np.array(first)
        numact.selu(first)
        np.testing.assert_array_equal(np.asarray(first), before)
        with pytest.raises(ArrayLibraryError, match="never change"):
            numact.selu(x, out=x)

    def test_traced_calls_are_refused(self) -> None:
        with pytest.raises(ArrayLibraryError, match="pure_callback"):
            self.jax.jit(numact.selu)(self.jax.numpy.ones(3))
