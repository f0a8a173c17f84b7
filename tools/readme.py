"""Write what README shows of real runs: its picture, its figures and its tables.

``python tools/readme.py`` draws docs/_static/built-ins.png with today's kernels, and fills the marked blocks
of README.md from the registry, from certificates/ and, where it is there, from docs/benchmarks.json.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin

from numact import registry
from numact.accuracy.certificate import Certificate, CertificateError, default_result, read_all
from numact.accuracy.overview import markdown_table as certificates_table
from numact.benchmarks.comparison import Record
from numact.benchmarks.report import summary
from numact.cli.listing import markdown_table as activations_table
from numact.pictures.figures import built_ins

ROOT = Path(__file__).parents[1]
README, PICTURE = ROOT / "README.md", ROOT / "docs" / "_static" / "built-ins.png"
CERTIFICATES, BENCHMARKS = ROOT / "certificates", ROOT / "docs" / "benchmarks.json"
RESULTS = "docs/explanation/results.md"
_DOTS_PER_INCH, _COLOURS = 150, 64
# Every so many points of a line are kept beside the picture, in so many digits.
_STEP, _DIGITS = 15, 6
_KEY = "numact-curves"


def blocks() -> dict[str, str]:
    """Give the text of each marked block by its mark."""
    own = [entry for entry in registry.entries() if entry.provider.distribution == "numact"]
    certified = list(read_all(CERTIFICATES))
    return {
        "activations": activations_table(own),
        "certificates": certificates_table(certified),
        "figures": "\n".join([speed(BENCHMARKS), accuracy(certified)]),
    }


def filled(text: str) -> str:
    """Put today's blocks into a text between their marks."""
    for mark, block in blocks().items():
        start, end = f"<!-- {mark} -->\n", f"\n<!-- /{mark} -->"
        before, _, rest = text.partition(start)
        _, found, after = rest.partition(end)
        if not found:
            raise SystemExit(f"README has no block marked {mark}")
        text = before + start + block + end + after
    return text


def speed(path: Path) -> str:
    """Say how numact does beside other libraries, in one line."""
    if not path.exists():
        return "- **Speed**: not yet compared with other libraries here; `make results` does."
    kept = json.loads(path.read_text(encoding="utf-8"))
    records = [Record.from_json(each) for each in kept["records"]]
    whole = summary(records)
    peers = ", ".join(sorted({peer for record in records for peer in record.ratios}))
    slower = len(whole.below(1.0))
    return (
        f"- **Speed**: in {whole.cells} comparisons with {peers}, the fastest of them takes "
        f"{whole.geometric_mean:.2f} times as long (geometric mean); numact is slower than it in {slower}. "
        f"[All of them]({RESULTS}), on {kept['machine']['processor']}."
    )


def accuracy(certified: list[Certificate]) -> str:
    """Say how great the greatest error is, in one line."""
    errors = dict(_full_errors(certified))
    if not errors:
        return "- **Accuracy**: not yet certified here; `numact certify --all` does."
    worst = max(errors, key=errors.__getitem__)
    count = f"{len(errors)} certified activation{'s' if len(errors) > 1 else ''}"
    return (
        f"- **Accuracy**: over all float32 inputs the greatest error of {count} is {errors[worst]:.4f} units "
        f"in the last place ({worst}); 0.5 is rounding right. [All of them](#accuracy)."
    )


def _full_errors(certified: list[Certificate]) -> Iterator[tuple[str, float]]:
    """Yield the built-ins' greatest errors among all float32 inputs, with default parameters."""
    for made in certified:
        if made["dtype"] != "float32" or made["provider"] != "numact":
            continue
        try:
            found = default_result(registry.get_spec(made["activation"]), made, None)
        except CertificateError:
            continue
        if found["inputs"] == "all":
            worst = found["max_ulp"]
            yield made["activation"], worst if isinstance(worst, float) else float("inf")


def curves() -> dict[str, list[list[float | None]]]:
    """Give some points of the lines in the picture: by panel, of the value and of the derivative."""
    shown = [panel for panel in built_ins().axes if panel.get_title()]
    lines = {panel.get_title(): [line.get_ydata() for line in panel.get_lines()] for panel in shown}
    return {name: [_some(line) for line in found] for name, found in lines.items()}


def _some(line: object) -> list[float | None]:
    values = np.asarray(line, float)[::_STEP]
    return [float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else None for value in values]


def kept_curves(path: Path) -> dict[str, list[list[float | None]]]:
    """Read the points that were written into a picture."""
    with Image.open(path) as picture:
        found: dict[str, list[list[float | None]]] = json.loads(picture.info[_KEY])
    return found


def draw(path: Path) -> None:
    """Draw the picture in few colours, with the points of its lines written beside them."""
    written = io.BytesIO()
    built_ins().savefig(written, format="png", dpi=_DOTS_PER_INCH)
    notes = PngImagePlugin.PngInfo()
    notes.add_text(_KEY, json.dumps(curves()), zip=True)
    with Image.open(written) as picture:
        picture.convert("RGB").quantize(_COLOURS).save(path, optimize=True, pnginfo=notes)


def main() -> None:
    """Draw and fill."""
    draw(PICTURE)
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"Wrote {PICTURE.relative_to(ROOT)} and {README.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
