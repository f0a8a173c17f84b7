"""Figures of every activation that are no times: bandwidth, accuracy, distance to other libraries."""

from __future__ import annotations

from typing import Any

from .generate import OfActivation, classes

SIZE = 1_000_000
POINTS = 20_000


class _Figures(OfActivation):
    params = (["float32", "float64"],)
    param_names = ("dtype",)
    timeout = 300

    def _record(self, dtype: str, *peers: str) -> Any:
        """Measure in this process, taking turns with a copy and with the peers."""
        from numact import api
        from numact.benchmarks.comparison import Plan, run

        plan = Plan([self.activation], ["forward"], [dtype], [SIZE], peers=peers, seconds=0.3)
        return next(run(plan, api.threads()))

    def track_gigabytes_per_second(self, dtype: str) -> float:
        """Count input read and output written."""
        return float(self._record(dtype).gigabytes_per_second)

    track_gigabytes_per_second.unit = "GB/s"  # type: ignore[attr-defined]

    def track_share_of_copy(self, dtype: str) -> float:
        """Compare that with a copy of the input."""
        return float(self._record(dtype).share_of_copy)

    track_share_of_copy.unit = "copies"  # type: ignore[attr-defined]

    def track_ratio_to_fastest_peer(self, dtype: str) -> float:
        """Divide the time of the fastest installed peer by that of numact."""
        from numact.benchmarks.peers import PEERS

        ratios = self._record(dtype, *PEERS).ratios.values()
        return float(min(ratios, default=float("nan")))

    track_ratio_to_fastest_peer.unit = "times"  # type: ignore[attr-defined]

    def track_ulp(self, dtype: str) -> float:
        """Find the worst error among points of every magnitude; NaN for rows and gates."""
        from numact import registry
        from numact.accuracy import points, settings
        from numact.accuracy.measure import Question, measure
        from numact.accuracy.ulp import format_of

        spec = registry.get_spec(self.activation)
        if spec.kind not in ("elementwise", "random"):
            return float("nan")
        form = format_of(dtype)
        question = Question(spec, form, settings.default(spec))
        return float(measure(question, points.stratified(form, POINTS)).worst)

    track_ulp.unit = "ULP"  # type: ignore[attr-defined]


globals().update(classes(_Figures, __name__))
