"""What numact finds around it, and what to do about it: the facts that ``numact doctor`` shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from numact.diagnosis import cache, plugins, processor, threads, versions
from numact.diagnosis.fact import Fact
from numact.errors import one_line

TOPICS: dict[str, Callable[[], Iterator[Fact]]] = {
    "versions": versions.look,
    "processor": processor.look,
    "threads": threads.look,
    "cache": cache.look,
    "plugins": plugins.look,
}


def examine() -> list[Fact]:
    """Look at everything; what goes wrong in looking is itself a fact."""
    facts: list[Fact] = []
    for topic, look in TOPICS.items():
        try:
            facts.extend(look())  # what was found before a failure stays
        except Exception as error:
            advice = "report it, with what this command printed"
            facts.append(Fact(topic, "examination", one_line(error), "problem", advice))
    return facts
