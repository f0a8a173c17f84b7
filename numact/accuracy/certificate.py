"""Certificates: a JSON file for an activation and a dtype, with its figures and what made them."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Iterable, Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from numact import registry
from numact.accuracy import settings
from numact.accuracy.figures import AnyJob, Figures, inputs_of
from numact.accuracy.job import Job
from numact.accuracy.pairjob import PairJob
from numact.accuracy.peers import version
from numact.accuracy.rowjob import RowJob
from numact.engine import target
from numact.errors import NumactError
from numact.spec import Activation

_OF_PEERS = (
    *("of", "parameters", "inputs", "points", "max_ulp", "at", "got", "expected", "correctly_rounded"),
    "sample_sha256",
)
_LIBRARIES = ("numpy", "numba", "llvmlite", "python-flint")

Certificate = dict[str, Any]


class CertificateError(NumactError):
    """A file that is no certificate."""


def certificate(spec: Activation, dtype: str, results: Iterable[Figures]) -> Certificate:
    """Put figures together with what they were made with."""
    return {
        "activation": spec.name,
        "formula": spec.formula,
        "provider": str(registry.provider(spec).distribution),
        "dtype": dtype,
        "made_with": _made_with(),
        "results": list(results),
    }


def write(folder: Path, made: Certificate) -> Path:
    """Write a certificate to its place in a folder.

    Of an earlier one the figures of peers are kept, and those of other quantities and parameters if the
    kernels still give the same bits; where other versions or another processor measured them, that is noted.
    """
    path: Path = folder / made["dtype"] / f"{made['activation']}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    before: Certificate = read(path) if path.exists() else {}
    others = list(_others(before, made)) if before and before["formula"] == made["formula"] else []
    peers = {**before.get("peers", {}), **made.get("peers", {})}
    kept = {**made, "results": [*others, *made["results"]], "peers": peers}
    path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    return path


def makers(made: Certificate) -> list[dict[str, Any]]:
    """List the versions and processors that measured figures of a certificate, the latest first."""
    found = [made["made_with"]]
    for each in made["results"]:
        if "made_with" in each and each["made_with"] not in found:
            found.append(each["made_with"])
    return found


def certified(folder: Path, spec: Activation, job: AnyJob) -> Figures | None:
    """Find the figures of a measurement in a folder, if they are of a kernel that gives the same bits."""
    path = folder / job.dtype / f"{spec.name}.json"
    if not path.exists():
        return None
    before = read(path)
    peer = job.peer if isinstance(job, Job) else None
    if peer is None:
        results = before["results"] if before["formula"] == spec.formula else ()
    else:
        measured = before.get("peers", {}).get(peer, {})
        results = measured.get("results", ()) if measured.get("version") == version(peer) else ()
    for found in results:
        same = found["of"] == job.quantity and found["parameters"] == job.parameters
        if same and found["inputs"] == inputs_of(job) and found["sample_sha256"] == job.sample_digest():
            result: Figures = found
            return result
    return None


def write_peer(folder: Path, spec: Activation, dtype: str, peer: str, results: Sequence[Figures]) -> Path:
    """Put a peer's figures into the certificate of an activation, which has to be there.

    Raises
    ------
    CertificateError
        If it is not.
    """
    path = folder / dtype / f"{spec.name}.json"
    made = read(path)
    figures = [{key: found[key] for key in _OF_PEERS} for found in results]
    before = made.setdefault("peers", {}).get(peer, {})
    others = _not_again(before["results"], figures) if before.get("version") == version(peer) else []
    made["peers"][peer] = {"version": version(peer), "results": [*others, *figures]}
    path.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    return path


def read(path: Path) -> Certificate:
    """Read a certificate.

    Raises
    ------
    CertificateError
        If the file cannot be read or is none.
    """
    try:
        made: Certificate = json.loads(path.read_text(encoding="utf-8"))
        _ = made["activation"], made["dtype"], made["results"][0]["max_ulp"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise CertificateError(f"{path} is no certificate ({error})") from None
    return made


def read_all(folder: Path) -> Iterator[Certificate]:
    """Read the certificates in a folder, by activation and dtype."""
    yield from sorted((read(path) for path in folder.glob("*/*.json")), key=_place)


def promised(spec: Activation, made: Certificate) -> float:
    """Give the `max_ulp` that a float32 certificate lets an activation state.

    The greatest error of its value with default parameters, rounded up to hundredths; results rounded right
    have at most half a unit.
    """
    found = default_result(spec, made, None)["max_ulp"]
    if not isinstance(found, float):
        raise CertificateError(f"{spec.name} has no finite error in its certificate")
    return max(0.5, math.ceil(100 * found) / 100)


def default_result(spec: Activation, made: Certificate, wrt: str | None) -> Figures:
    """Find the figures with default parameters, of the value or of a derivative.

    Raises
    ------
    CertificateError
        If there are none.
    """
    wanted = Job(spec.name, made["dtype"], settings.default(spec), wrt).quantity
    for found in made["results"]:
        if found["of"] == wanted and found["parameters"] == settings.default(spec):
            result: Figures = found
            return result
    raise CertificateError(f"the {made['dtype']} certificate of {spec.name} lacks the {wanted}")


def job_of(made: Certificate, found: Figures) -> AnyJob:
    """Give the measurement that certified figures came from, but for how many inputs it took."""
    kind = registry.get_spec(made["activation"]).kind
    if kind == "axis":
        return RowJob(made["activation"], made["dtype"], found["parameters"])
    wrt = None if found["of"] == "value" else found["of"].rpartition(" ")[2]
    if kind == "gated":
        return PairJob(made["activation"], made["dtype"], found["parameters"], wrt)
    return Job(made["activation"], made["dtype"], found["parameters"], wrt)


def _others(before: Certificate, made: Certificate) -> Iterator[Figures]:
    """Give the earlier figures of what has not been measured again, with who measured them."""
    for found in _not_again(before["results"], made["results"]):
        maker = found.get("made_with", before["made_with"])
        if job_of(made, found).sample_digest() == found["sample_sha256"]:
            noted = {} if maker == made["made_with"] else {"made_with": maker}
            yield {**{key: value for key, value in found.items() if key != "made_with"}, **noted}


def _not_again(before: Iterable[Figures], measured: Iterable[Figures]) -> list[Figures]:
    again = [(found["of"], found["parameters"]) for found in measured]
    return [found for found in before if (found["of"], found["parameters"]) not in again]


def _made_with() -> dict[str, Any]:
    _, processor, features = target.target_key()
    versions = {name: metadata.version(name) for name in ("numact", *_LIBRARIES)}
    return {
        **versions,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "target": processor,
        "features": sorted(each[1:] for each in features.split(",") if each.startswith("+")),
    }


def _place(made: Certificate) -> tuple[str, str]:
    return made["activation"], made["dtype"]
