"""Dashboards: a plugin's commits, timed each in its own environment, shown in a browser."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest
from click.testing import CliRunner, Result
from matplotlib.image import imread

from numact import registry
from numact.cli import group
from numact.dashboard.chart import COLOURS, chart, legend, quantity
from numact.dashboard.regressions import changes
from numact.dashboard.repository import Project
from numact.dashboard.results import Case, Results
from numact.dashboard.runs import Runs
from numact.dashboard.serving import server
from numact.errors import NumactError

PLANTED_SECONDS = 1.5
MODULE = '''"""A plugin to be timed."""

import time

from numact import Activation, hookimpl

time.sleep({seconds})

probe = Activation(
    name="dashboard_probe",
    summary="Twice its input.",
    formula="2 * x",
    references=("https://example.org/probe",),
)


@hookimpl
def numact_activations():
    yield probe
'''
PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "numact-dashboard-probe"
version = "1"
dependencies = ["numact"]

[tool.hatch.build.targets.wheel]
only-include = ["dashboard_probe.py"]

[project.entry-points.numact]
dashboard_probe = "dashboard_probe"
"""
# What imports the plugin, and what does not.
SEEN, UNSEEN = "start.Start.timeraw_plugins", "start.Start.timeraw_import_numpy"
DRAWN = r"activations.dashboard_probe.time_forward\('float32', (1|1000), '1'"


@dataclass(frozen=True)
class Site:
    """A dashboard of three commits of which the second is slow."""

    project: Path
    folder: Path
    commits: tuple[str, ...]

    def run(self, command: str, *arguments: str) -> Result:
        """Run one of the commands on it."""
        where = ("--project", str(self.project), "--folder", str(self.folder))
        return CliRunner().invoke(group, [command, *where, *arguments])


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=Tester", "-c", "user.email=tester@example.org")
    command = ["git", *who, "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    project = tmp_path_factory.mktemp("plugin")
    (project / "pyproject.toml").write_text(PYPROJECT)
    git(project, "init", "--quiet")
    commits = []
    for subject, seconds in (("First", 0.0), ("Slow", PLANTED_SECONDS), ("Mended", 0.0)):
        (project / "dashboard_probe.py").write_text(MODULE.format(seconds=seconds))
        git(project, "add", "--all")
        git(project, "commit", "--quiet", "--message", subject)
        commits.append(git(project, "rev-parse", "HEAD"))
    made = Site(project, tmp_path_factory.mktemp("dashboard"), tuple(commits))
    benches = [f"--bench={each}" for each in (f"^{SEEN}$", f"^{UNSEEN}$", f"^{DRAWN}")]
    result = made.run("dashboard", "--no-serve", "--quick", *benches, *commits)
    assert result.exit_code == 0, result.output
    return made


def test_a_planted_slowdown_is_seen_on_its_commit_alone(site: Site) -> None:
    results = Results(site.folder / "results")
    first, slow, mended = (results.at(commit) for commit in site.commits)
    seen = Case(SEEN, ())
    assert slow[seen].value - first[seen].value > PLANTED_SECONDS / 2
    assert slow[seen].value - mended[seen].value > PLANTED_SECONDS / 2
    compared = changes(results.benchmarks(), first, slow)
    assert {SEEN, UNSEEN} < {change.case.benchmark for change in compared}
    assert [change.factor > 1 for change in compared if change.case == seen] == [True]


def test_the_comparison_fails_on_the_regression_and_names_it(site: Site) -> None:
    first, slow, mended = site.commits
    options = ("--measured", "--factor", "1.25", "--json")
    result = site.run("regressions", first, slow, *options)
    assert result.exit_code == 1, result.output
    assert SEEN in [found["case"] for found in json.loads(result.stdout)["regressions"]]
    result = site.run("regressions", slow, mended, *options)
    assert SEEN not in [found["case"] for found in json.loads(result.stdout)["regressions"]]
    text = site.run("regressions", first, slow, "--measured", "--factor", "1.25")
    assert text.exit_code == 1
    assert SEEN in text.stdout


def test_a_commit_that_was_not_timed_is_named(site: Site) -> None:
    git(site.project, "commit", "--quiet", "--allow-empty", "--message", "Later")
    result = site.run("regressions", site.commits[0], "HEAD", "--measured")
    assert result.exit_code == 2
    assert "has not been timed" in result.output


def test_a_name_that_is_no_commit(site: Site) -> None:
    result = site.run("dashboard", "--no-serve", "no-such-commit")
    assert result.exit_code == 2
    assert "'no-such-commit' is no commit here" in result.output


def test_a_name_that_is_no_benchmark(site: Site) -> None:
    result = site.run("dashboard", "--no-serve", "--bench", "no_such_benchmark", site.commits[0])
    assert result.exit_code == 2
    assert "no benchmark has a name such as 'no_such_benchmark'" in result.output


def test_benchmarks_that_fail_are_named(site: Site) -> None:
    lines: list[str] = []
    runs = Runs(Project(site.project), site.folder, lines.append)
    runs.tell_failures("[50.00%] ··· figures.relu.track_ulp      1/2 failed\n[99.00%] ··· start.x    ok\n")
    assert lines == ["figures.relu.track_ulp 1/2 failed"]


def test_the_last_commits_are_two_or_the_one_there_is(site: Site, tmp_path: Path) -> None:
    names = [commit.revision for commit in Project(site.project).last_commits()]
    assert names == [git(site.project, "rev-parse", each) for each in ("HEAD~1", "HEAD")]
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "Only")
    assert [commit.subject for commit in Project(tmp_path).last_commits()] == ["Only"]


def test_git_does_not_see_what_the_dashboard_keeps(site: Site) -> None:
    assert (site.folder / ".gitignore").read_text() == "*\n"


def test_the_server_gives_the_pages_to_this_machine(site: Site) -> None:
    serving = server(site.folder / "html")
    thread = threading.Thread(target=serving.serve_forever, daemon=True)
    thread.start()
    try:
        with urlopen(f"http://127.0.0.1:{serving.server_port}/") as page:
            assert b"Benchmarks of numact-dashboard-probe" in page.read()
    finally:
        serving.shutdown()
        serving.server_close()
        thread.join()


# Without these a browser looks for updates by itself, which takes long where there is no network.
ALONE = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
HEADLESS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", *ALONE)
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def browse(site: Site, page: str, *options: str) -> str:
    """Open a page of the dashboard in a headless browser and return what it holds then."""
    assert BROWSER is not None
    serving = server(site.folder / "html")
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    try:
        profile = f"--user-data-dir={site.folder / 'browser'}"
        command = [BROWSER, *HEADLESS, profile, *options]
        command += [f"http://127.0.0.1:{serving.server_port}/{page}"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    finally:
        serving.shutdown()
        serving.server_close()
    return done.stdout


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
def test_a_browser_opens_the_list_with_built_ins_and_the_plugins_activation(site: Site) -> None:
    shown = browse(site, "index.html", "--dump-dom")
    for name in (*registry.names(), "dashboard_probe"):
        assert f'<a href="{name}.html">{name}</a>' in shown
    assert "Slow" in shown and "Mended" in shown


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
def test_a_browser_draws_the_graph_of_the_plugins_activation(site: Site) -> None:
    picture = site.folder / "page.png"
    browse(site, "dashboard_probe.html", f"--screenshot={picture}", "--window-size=1000,900")
    pixels = (255 * imread(picture)[..., :3]).round().astype(int)
    blue = (abs(pixels - [0x00, 0x72, 0xB2]) < 8).all(axis=-1)
    # The legend's line is text; a drawn line reaches through much of the chart's width.
    assert len(set(blue[300:].nonzero()[1])) > 100


def test_a_chart_has_every_line_and_point() -> None:
    drawn = chart("a < b", {"one": [(1, 1e-9), (1e6, 2e-3)], "two": [(10, 1e-6)]}, "elements", "seconds")
    assert drawn.count("<polyline") == 2
    assert drawn.count("<circle") == 3
    assert "a &lt; b" in drawn
    assert "one: 2 ms at 1e+06" in drawn


def test_a_legend_has_the_colours_of_the_chart() -> None:
    written = legend({"a < b": "1 s", "c": "2 s"})
    assert f'<span style="color:{COLOURS[0]}"><b>a &lt; b</b> 1 s</span>' in written
    assert f'<span style="color:{COLOURS[1]}"><b>c</b> 2 s</span>' in written


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (2.5e-7, "seconds", "250 ns"),
        (90.0, "seconds", "90 s"),
        (8e7, "bytes", "80 MB"),
        (0.51, "ULP", "0.51 ULP"),
    ],
)
def test_quantities(value: float, unit: str, text: str) -> None:
    assert quantity(value, unit) == text


def test_what_is_no_package_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NumactError, match="dashboards are of a package"):
        Project(tmp_path)


def test_what_is_no_repository_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    with pytest.raises(NumactError, match="not a git repository"):
        Project(tmp_path).commit("HEAD")
