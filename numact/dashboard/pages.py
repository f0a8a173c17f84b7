"""The dashboard's pages: a list of what is measured, and a page of charts for each activation."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path

from numact.dashboard.chart import COLOURS, chart, legend, quantity
from numact.dashboard.regressions import Change, changes
from numact.dashboard.repository import Commit
from numact.dashboard.results import Benchmark, Case, Results, Values

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 1000px; padding: 0 1em; }
table { border-collapse: collapse; } th, td { text-align: left; padding: .2em 1.2em .2em 0; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
tr + tr td { border-top: 1px solid #eee; }
svg { margin: 0 1em 1em 0; } svg text { font: 10px system-ui, sans-serif; fill: #444; }
svg text.title { font-size: 11px; fill: #000; } svg line.grid { stroke: #e4e4e4; }
.worse { color: #a32900; font-weight: 600; } .better { color: #006b4d; } a { color: #0b5394; }
"""

ASV_PAGES = "asv"
"""The folder of asv's own pages among these."""

SIZE = "size"
"""The parameter that charts have on their axis."""


def write_pages(folder: Path, project: str, commits: Sequence[Commit], results: Results) -> Path:
    """Write the pages.

    Parameters
    ----------
    folder : Path
        Where to; what was there before is removed.
    project : str
        The package's name.
    commits : sequence of Commit
        Those to show, the earliest first.
    results : Results
        What was measured of them.

    Returns
    -------
    Path
        The first page.
    """
    benchmarks = results.benchmarks()
    values = {commit: results.at(commit.revision) for commit in commits}
    subjects = sorted({benchmark.subject for benchmark in benchmarks.values()})
    changed = changes(benchmarks, values[commits[-2]], values[commits[-1]]) if len(commits) > 1 else []
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for subject in subjects:
        chosen = [benchmark for benchmark in benchmarks.values() if benchmark.subject == subject]
        body = _subject(subject, chosen, values)
        (folder / f"{subject}.html").write_text(_page(f"{subject} of {project}", body), encoding="utf-8")
    index = folder / "index.html"
    index.write_text(_page(f"Benchmarks of {project}", _index(subjects, commits, changed)), encoding="utf-8")
    return index


def _page(title: str, body: str) -> str:
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    page = f"<html lang=en><head>{head}</head>\n<body><h1>{escape(title)}</h1>\n{body}</body></html>"
    return f"<!doctype html>\n{page}\n"


def _index(subjects: Iterable[str], commits: Sequence[Commit], changed: Sequence[Change]) -> str:
    rows = "".join(_row(subject, [each for each in changed if _is_of(subject, each)]) for subject in subjects)
    heads = "<tr><th>subject<th>cases<th>geometric mean<th>most slowed<th>most quickened</tr>"
    factors = (
        "Factors compare the last commit with the one before: 2.00 takes twice as long." if changed else ""
    )
    link = f'<a href="{ASV_PAGES}/index.html">asv\'s own pages</a>'
    others = f"<p>There are {link} too, which load their scripts from the internet.</p>"
    return f"{_legend(commits)}<p>{factors}</p><table id=subjects>{heads}{rows}</table>{others}"


def _is_of(subject: str, change: Change) -> bool:
    return change.unit == "seconds" and change.case.benchmark.split(".")[-2] == subject


def _row(subject: str, changed: Sequence[Change]) -> str:
    name = f'<td><a href="{subject}.html">{escape(subject)}</a>'
    if not changed:
        return f"<tr>{name}<td colspan=4></tr>"
    factors = [change.factor for change in changed]
    mean = math.exp(sum(math.log(max(factor, 1e-9)) for factor in factors) / len(factors))
    numbers = "".join(_factor(value) for value in (mean, max(factors), min(factors)))
    return f"<tr>{name}<td class=number>{len(factors)}{numbers}</tr>"


def _factor(value: float) -> str:
    kind = "worse" if value > 1.1 else "better" if value < 0.9 else ""
    return f'<td class="number {kind}">{value:.2f}'


def _legend(commits: Sequence[Commit]) -> str:
    entries = "".join(
        f'<li style="color:{colour}"><b>{commit.short}</b> {commit.date} {escape(commit.subject)}'
        for commit, colour in zip(commits, COLOURS * len(commits), strict=False)
    )
    return f"<ul>{entries}</ul>"


def _subject(subject: str, benchmarks: Iterable[Benchmark], values: Mapping[Commit, Values]) -> str:
    parts = [_legend(list(values)), '<p><a href="index.html">all benchmarks</a></p>']
    for benchmark in benchmarks:
        drawn = _by_size(benchmark, values) if SIZE in benchmark.parameters else _by_commit(benchmark, values)
        if drawn:
            parts.append(f"<h2>{escape(benchmark.method)}</h2>{drawn}")
    if len(parts) == 2:
        parts.append(f"<p>Nothing of {escape(subject)} has been timed.</p>")
    return "\n".join(parts)


def _by_size(benchmark: Benchmark, values: Mapping[Commit, Values]) -> str:
    """Draw a chart for each choice of the other parameters: a line for each commit, over the size."""
    at = benchmark.parameters.index(SIZE)
    groups: dict[tuple[str, ...], dict[str, list[tuple[float, float]]]] = {}
    for commit, measured in values.items():
        for case, value in _cases(benchmark, measured):
            rest = case.values[:at] + case.values[at + 1 :]
            line = groups.setdefault(rest, {}).setdefault(commit.short, [])
            line.append((float(case.values[at]), value))
    names = [name for name in benchmark.parameters if name != SIZE]
    return "".join(
        chart(", ".join(map(_setting, names, rest)), _sorted(lines), "elements", benchmark.unit)
        for rest, lines in groups.items()
    )


def _setting(name: str, value: str) -> str:
    return f"{name}: {value}" if name == "threads" else value


def _sorted(lines: Mapping[str, list[tuple[float, float]]]) -> dict[str, list[tuple[float, float]]]:
    return {name: sorted(points) for name, points in lines.items()}


def _by_commit(benchmark: Benchmark, values: Mapping[Commit, Values]) -> str:
    """Draw one chart over the commits, with a line for each choice of parameters."""
    lines: dict[str, list[tuple[float, float]]] = {}
    names = {float(number): commit.short for number, commit in enumerate(values)}
    for number, measured in enumerate(values.values()):
        for case, value in _cases(benchmark, measured):
            lines.setdefault(", ".join(case.values) or benchmark.name, []).append((number, value))
    if not lines:
        return ""
    listed = legend({name: quantity(points[-1][1], benchmark.unit) for name, points in lines.items()})
    return chart("", lines, "commit", benchmark.unit, names) + f"<p>At the last commit: {listed}</p>"


def _cases(benchmark: Benchmark, measured: Values) -> list[tuple[Case, float]]:
    return [
        (case, value.value)
        for case, value in measured.items()
        if case.benchmark == benchmark.name and value.value > 0
    ]
