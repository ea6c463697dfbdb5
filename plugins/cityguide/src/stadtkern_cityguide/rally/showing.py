"""What a tour's page gets of its rally: everything but the solutions."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from pyramid.request import Request

from stadtkern_cityguide.rally.answers import Solution, Unsolvable, lines, solution
from stadtkern_cityguide.rally.sealing import ITERATIONS, sealed

POINTS = 10
"""Of a task that says nothing else."""
HERE_M = 60
"""Metres from a stop within which one is there, where the stop says nothing of its own."""


def salt_of(block_id: str, task: Mapping[str, Any]) -> str:
    """Return a task's salt and name: it stays when tasks change places, not when it changes."""
    words = f"{block_id}\0{task.get('kind')}\0{task.get('question')}"
    return hashlib.sha256(words.encode()).hexdigest()[:24]


def load(request: Request, blocks: Sequence[Any]) -> dict[str, dict[str, Any]]:
    """Return for each rally its tasks as the page shows them, and what the script needs."""
    node = getattr(getattr(request, "context", None), "node", None)
    stops = _stops(request, node)
    return {
        block.id: {
            "name": f"{getattr(node, 'id', 0)}.{block.id}",
            "intro": lines(block.data.get("intro")),
            "tasks": _tasks(block, stops),
            "badges": json.dumps(list(block.data.get("badges") or ())),
        }
        for block in blocks
    }


def _stops(request: Request, node: Any) -> list[Mapping[str, Any]]:
    if node is None or node.type != "tour":
        return []
    return list(request.content.fields(node).get("stops") or ())


def _tasks(block: Any, stops: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for task in block.data.get("tasks") or ():
        salt = salt_of(block.id, task)
        try:
            solved = solution(task, salt)
        except Unsolvable:  # half-written, in a preview
            continue
        number = int(task.get("stop") or 0)
        stop = stops[number - 1] if 0 < number <= len(stops) else None
        found.append(
            {
                "kind": task.get("kind"),
                "question": lines(task.get("question")),
                "hint": task.get("hint") or "",
                "stop": None if stop is None else {"number": number, "title": stop["title"]},
                "shown": solved.shown,
                "script": json.dumps(_script(task, salt, solved, stop)),
            }
        )
    return found


def _script(
    task: Mapping[str, Any], salt: str, solved: Solution, stop: Mapping[str, Any] | None
) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": salt,
        "kind": task.get("kind"),
        "hashes": [sealed(salt, answer) for answer in solved.accepted],
        "rounds": ITERATIONS,
        "points": POINTS if task.get("points") is None else int(task["points"]),
        "hintCost": int(task.get("hint_cost") or 0),
        "tries": int(task.get("tries") or 0),
        "seconds": int(task.get("seconds") or 0),
    }
    if task.get("kind") == "choice":
        data["several"] = solved.several
    if task.get("kind") == "number":
        data |= {"decimals": solved.decimals, "width": solved.width, "offset": solved.offset}
    if task.get("kind") == "checkin" and stop is not None:
        data["at"] = [stop["lat"], stop["lon"], int(stop.get("trigger_radius_m") or HERE_M)]
    return data
