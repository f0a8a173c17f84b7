"""Other libraries, and how each of them computes an activation.

A peer is left out where it has no such function, not such a form of it (no `out`, say), or where its function
of that name gives other values: the comparison checks, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from numact.benchmarks.peers.base import Peer
from numact.benchmarks.peers.jax_peer import JaxPeer
from numact.benchmarks.peers.numexpr_peer import NumexprPeer
from numact.benchmarks.peers.numpy_peer import NumpyPeer
from numact.benchmarks.peers.onnxruntime_peer import OnnxruntimePeer
from numact.benchmarks.peers.torch_peer import TorchPeer

__all__ = ["PEERS", "Peer"]

PEERS: Mapping[str, type[Peer]] = MappingProxyType(
    {peer.name: peer for peer in (TorchPeer, JaxPeer, NumpyPeer, NumexprPeer, OnnxruntimePeer)}
)
"""By the name that users type."""
