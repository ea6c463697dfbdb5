"""What is found out about a plugin before any application is built."""

import subprocess
import sys
from typing import Any

import pytest

from stadtkern.plugins.loading import discover


@pytest.mark.parametrize("name", ["web", "tenant", "Upper", "with_line", "x", "serve"])
def test_a_name_that_no_plugin_can_have(write_package: Any, name: str) -> None:
    write_package(name)
    assert "cannot be a plugin's name" in (discover([name])[name].problem or "")


def test_only_allowed_plugins_are_loaded(write_package: Any) -> None:
    write_package("one")
    write_package("two", init="raise LookupError")
    assert list(discover(["one"])) == ["one"]
    assert discover([]) == {}
    assert {"one", "two"} <= set(discover())


def test_models_on_the_cores_base(write_package: Any) -> None:
    """In a process of its own: what joins the core's base cannot be taken out again."""
    site = write_package(
        "mapper",
        {
            "models.py": """
                from sqlalchemy.orm import Mapped, mapped_column
                from stadtkern.db import Base

                class Thing(Base):
                    __tablename__ = "mapper_thing"
                    id: Mapped[int] = mapped_column(primary_key=True)
            """
        },
    )
    ask = "from stadtkern.plugins.loading import discover; print(discover(['mapper'])['mapper'])"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ask],
        env={"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "core's declarative base" in done.stdout
