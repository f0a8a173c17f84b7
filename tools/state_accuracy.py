"""Write into each activation's specification the `max_ulp` that its float32 certificate shows.

python tools/state_accuracy.py

Those of the packages in plugins/ too, as far as these are installed.
"""

from __future__ import annotations

import re
from pathlib import Path

from numact import registry
from numact.accuracy.certificate import promised, read_all

ROOT = Path(__file__).parents[1]
STATED = re.compile(r"^    max_ulp=[^\n]*\n", re.MULTILINE)
END = re.compile(r"^\)\n", re.MULTILINE)


def main() -> None:
    """Change the files whose number is another; tell which."""
    for folder in (ROOT, *sorted(ROOT.glob("plugins/*"))):
        state(folder)


def state(folder: Path) -> None:
    """Go through the certificates of a package."""
    for made in read_all(folder / "certificates"):
        if made["dtype"] != "float32" or made["activation"] not in registry.names():
            continue
        spec = registry.get_spec(made["activation"])
        (path,) = [*folder.glob(f"numact/activations/{spec.name}.py"), *folder.glob(f"src/*/{spec.name}.py")]
        text = path.read_text(encoding="utf-8")
        head, tail = text.split(f"\n{spec.name} = Activation(\n")
        line = f"    max_ulp={promised(spec, made):g},\n"
        stated = END.sub(f"{line})\n", STATED.sub("", tail, count=1), count=1)
        if stated != tail:
            path.write_text(f"{head}\n{spec.name} = Activation(\n{stated}", encoding="utf-8")
            print(f"{spec.name}: {promised(spec, made):g}")


if __name__ == "__main__":
    main()
