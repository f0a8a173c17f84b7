"""Measure all activations that are registered and write their certificates, the most important first.

python tools/certify_all.py [--jobs N] [--only PACKAGE] [--list]

numact's are written to certificates/, those of a package in plugins/ to its own folder of that name. What the
certificates have already, of the same kernels, is left out, and an interrupted measurement goes on where it
stopped: run it again until it ends.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from numact import registry
from numact.accuracy.figures import has_failed
from numact.accuracy.peers import PEERS
from numact.accuracy.request import Request, can_be_measured
from numact.cli.certify import measured
from numact.spec import Activation

ROOT = Path(__file__).parents[1]
# Peers fail at many points, which takes time: every so many inputs tell enough.
PEER_STRIDE = 2**4
# Where inputs have to be read one by one, at microseconds each: of waves and of what cancels far from 0.
SLOW_STRIDE = 2**8
CANCELLING = ("isrlu", "isru", "squareplus")


@dataclass(frozen=True)
class Home:
    """A package, its activations, and where its certificates are."""

    name: str
    folder: Path
    activations: tuple[Activation, ...]


@dataclass(frozen=True)
class Step:
    """What is measured of all activations of a package before anything else is."""

    title: str
    dtypes: tuple[str, ...]
    whole: bool = False
    peers: tuple[str, ...] = ()

    def requests(self, home: Home) -> Iterator[Request]:
        """Give the requests, a certificate each."""
        for dtype in self.dtypes:
            for peer in self.peers or (None,):
                for spec in home.activations:
                    if can_be_measured(spec, peer):
                        yield Request(
                            spec,
                            dtype,
                            {},
                            derivatives=True,
                            by_parameters=self.whole,
                            other_parameters=self.whole,
                            stride=stride(spec, dtype, peer),
                            peer=peer,
                        )


def stride(spec: Activation, dtype: str, peer: str | None) -> int:
    """Give the stride over the inputs; certificates state it."""
    is_slow = "sin(" in spec.formula or "cos(" in spec.formula or spec.name in CANCELLING
    if dtype == "float32" and is_slow:
        return SLOW_STRIDE
    return 1 if peer is None else PEER_STRIDE


STEPS = (
    Step("float32: values and derivatives by x", ("float32",)),
    Step("float16 and bfloat16", ("float16", "bfloat16"), whole=True),
    Step("float64: values and derivatives by x", ("float64",)),
    Step("float32 by other libraries", ("float32",), peers=PEERS[:2]),
    Step("float32: derivatives by parameters, other parameters", ("float32",), whole=True),
    Step("float64: derivatives by parameters, other parameters", ("float64",), whole=True),
)


def homes() -> list[Home]:
    """Find the packages that are installed: numact, then those in plugins/."""
    places = {"numact": ROOT / "certificates"}
    places |= {
        path.parent.name: path.parent / "certificates" for path in ROOT.glob("plugins/*/pyproject.toml")
    }
    activations: dict[str, list[Activation]] = {name: [] for name in places}
    for entry in registry.entries():
        activations.get(str(entry.provider.distribution), []).append(entry.activation)
    found = [Home(name, places[name], tuple(own)) for name, own in activations.items() if own]
    return sorted(found, key=lambda home: (home.name != "numact", -len(home.activations)))


def measure(request: Request, home: Home, processes: int) -> bool:
    """Do one request; a failure is told, and the rest goes on."""
    by = "" if request.peer is None else f" by {request.peer}"
    label = f"{home.name}: {request.spec.name} {request.dtype}{by}"
    try:
        made = list(measured([request], processes, home.folder, missing=True, show=False))
    except Exception as error:
        print(f"{label}: {type(error).__name__}: {error}", flush=True)
        return False
    failed = request.peer is None and any(has_failed(found) for each in made for found in each["results"])
    worst = [str(found["max_ulp"]) for each in made for found in each["results"]]
    print(f"{label}: {', '.join(worst) or 'has its certificate'}{' FAILS' if failed else ''}", flush=True)
    return not failed


def main() -> None:
    """Go through the packages and the steps."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", help="a package: numact, or one in plugins/")
    parser.add_argument("--list", action="store_true", help="print what would be measured, and stop")
    options = parser.parse_args()
    succeeded = True
    for home in homes():
        if options.only not in (None, home.name):
            continue
        for step in STEPS:
            print(f"{home.name}, {step.title}", flush=True)
            for request in step.requests(home):
                if options.list:
                    print(f"  {request.spec.name} {request.dtype}: {len(request.jobs())} measurements")
                else:
                    succeeded &= measure(request, home, options.jobs)
    sys.exit(not succeeded)


if __name__ == "__main__":
    main()
