"""Probes of search: a town's words are found in that town only."""

from security_probes import Probe, get

ITS_NUMBER = "every entry holds its town's number among its words, and who asks adds their own"
"""A third wall in the index itself, beside the filter and row-level security."""

PROBES: dict[tuple[str, str], list[Probe]] = {
    ("search", "GET"): [
        get(
            "what begins like the other town's words",
            lambda side: f"/suche?q={side.prefix}&in=all",
            login=False,
            unwalled=ITS_NUMBER,
        )
    ],
    ("search.suggestions", "GET"): [
        get(
            "suggestions for the other town's words",
            lambda side: f"/suche/vorschlaege?q={side.prefix}",
            login=False,
            unwalled=ITS_NUMBER,
        )
    ],
}
PUBLIC = {"search", "search.suggestions"}
