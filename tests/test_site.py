"""The built documentation in a headless browser; ``make test-browser`` builds it and names it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from html import unescape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SITE = Path(os.environ.get("NUMACT_SITE", "no site"))
NARROW = 390
# Opens pages one after the other in a frame of a phone's width, and leaves what it saw as text.
PROBE = """<!doctype html><meta charset="utf-8"><pre id="seen"></pre><script>
const frame = document.createElement("iframe");
frame.style.cssText = "width: %(width)dpx; height: 800px; border: 0";
document.body.append(frame);
const pause = (time) => new Promise((done) => setTimeout(done, time));
function scrolls(element) {
  for (let each = element.parentElement; each && each.tagName !== "ARTICLE"; each = each.parentElement)
    if (["auto", "scroll"].includes(getComputedStyle(each).overflowX)) return true;
  return false;
}
function isCut(element) {
  const box = element.getBoundingClientRect();
  return box.width > 1 && box.right > %(width)d && !element.closest("mjx-container") && !scrolls(element);
}
async function open(page) {
  const loaded = new Promise((done) => { frame.onload = done; });
  frame.src = page;
  await loaded;
  const inside = frame.contentWindow, shown = frame.contentDocument;
  if (inside.MathJax) await inside.MathJax.startup.promise;
  for (const image of shown.images) image.loading = "eager";
  for (let turn = 0; turn < 100 && page.includes("?q=") && !shown.querySelector(".search li a"); turn++)
    await pause(100);
  return {
    page,
    width: shown.documentElement.scrollWidth,
    cut: [...shown.querySelectorAll("article *")].filter(isCut).map((each) => each.outerHTML.slice(0, 80)),
    broken: [...shown.images].filter((image) => !image.naturalWidth).map((image) => image.src),
    pictures: shown.querySelectorAll("article img").length,
    formulas: shown.querySelectorAll("mjx-container svg").length,
    errors: shown.querySelectorAll("mjx-merror, [data-mjx-error]").length,
    untypeset: [...shown.querySelectorAll("div.math")].filter((each) => !each.querySelector("svg")).length,
    found: [...shown.querySelectorAll(".search li a")].map((link) => link.getAttribute("href")),
  };
}
(async () => {
  const seen = [];
  for (const page of %(pages)s) seen.push(await open(page));
  document.getElementById("seen").textContent = JSON.stringify(seen);
})();
</script>"""

pytestmark = [
    pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed"),
    pytest.mark.skipif("NUMACT_SITE" not in os.environ, reason="make test-browser builds the site for it"),
]


class Handler(SimpleHTTPRequestHandler):
    """Serves a folder, and the probe beside it."""

    probe = b""

    def do_GET(self) -> None:
        if self.path != "/probe.html":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.probe)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What the browser saw of each page, by its address."""
    pages = [path.relative_to(SITE).as_posix() for path in sorted(SITE.rglob("*.html"))]
    pages = [page for page in pages if not page.startswith(("search", "genindex", "_"))]
    options = {"width": NARROW, "pages": json.dumps([*pages, "search.html?q=selu"])}
    handler = type("Probing", (Handler,), {"probe": (PROBE % options).encode()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(SITE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        shown = _browse(
            f"http://127.0.0.1:{server.server_port}/probe.html", tmp_path_factory.mktemp("profile")
        )
    finally:
        server.shutdown()
        server.server_close()
    text = re.search(r'<pre id="seen">(.+?)</pre>', shown, re.DOTALL)
    assert text is not None, "the browser did not come to an end"
    yield {each["page"]: each for each in json.loads(unescape(text[1]))}


def _browse(address: str, profile: Path) -> str:
    assert BROWSER is not None
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    options += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    options += [f"--user-data-dir={profile}", "--virtual-time-budget=600000", "--dump-dom", address]
    return subprocess.run([BROWSER, *options], capture_output=True, text=True, check=True, timeout=170).stdout


def test_every_formula_is_typeset_and_every_picture_there(seen: dict[str, Any]) -> None:
    for page, each in seen.items():
        assert each["broken"] == [], page
        assert (each["errors"], each["untypeset"]) == (0, 0), page
    selu = seen["gallery/selu.html"]
    assert selu["formulas"] >= 1 and selu["pictures"] >= 2


def test_nothing_is_wider_than_a_narrow_screen_but_what_scrolls(seen: dict[str, Any]) -> None:
    assert {page: each["width"] for page, each in seen.items() if each["width"] > NARROW} == {}
    assert {page: each["cut"] for page, each in seen.items() if each["cut"]} == {}


def test_the_search_finds_selu_first(seen: dict[str, Any]) -> None:
    found = seen["search.html?q=selu"]["found"]
    assert found and found[0].startswith("gallery/selu.html")
