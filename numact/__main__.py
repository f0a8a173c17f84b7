"""The entry point of the command line, which says what to install where its extras are missing."""

from __future__ import annotations

import sys

_EXTRAS = ("click", "rich", "mpmath")


def main() -> None:
    """Run the command line."""
    try:
        from numact.cli import run
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in _EXTRAS:
            raise
        sys.exit(f"numact's command line needs {missing}, among others: pip install 'numact[cli]'")
    run()


if __name__ == "__main__":
    main()
