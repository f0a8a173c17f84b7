"""A local server of the pages."""

from __future__ import annotations

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        """Write nothing: requests are of no interest."""


def server(folder: Path, port: int = 0) -> ThreadingHTTPServer:
    """Make a server for this machine alone.

    Parameters
    ----------
    folder : Path
        What to serve.
    port : int
        0 for any that is free.

    Returns
    -------
    ThreadingHTTPServer
        Its ``serve_forever`` serves; ``server_port`` is the port.
    """
    return ThreadingHTTPServer(("127.0.0.1", port), partial(_Quiet, directory=str(folder)))
