"""The operators' table of requirements names tests that exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "operators" / "security.md"
ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]*) \| `([^`|]+)::([a-z0-9_]+)` \|$")


def rows() -> list[tuple[str, str, str]]:
    """Return the requirement's ids, the test's file and its name for each row."""
    found = []
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("|") and not line.startswith(("| ASVS", "|---")):
            match = ROW.match(line)
            assert match, f"not a row of the table: {line}"
            found.append((match[1], match[4], match[5]))
    return found


@cache
def names_in(file: str) -> frozenset[str]:
    """Return the names of the tests in a file."""
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    return frozenset(item.name for item in ast.walk(tree) if isinstance(item, ast.FunctionDef))


@pytest.mark.parametrize(("ids", "file", "name"), rows(), ids=lambda value: value[-40:])
def test_the_named_test_exists(ids, file, name) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+((, | to )\d+\.\d+\.\d+)*", ids)
    assert name.startswith("test_")
    assert name in names_in(file)


def test_the_table_is_there() -> None:
    assert len(rows()) > 40
