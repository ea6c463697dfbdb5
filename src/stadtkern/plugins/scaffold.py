"""``stadtkern plugins new NAME``: writes a working plugin that shows the contract.

The files lie in the folder ``scaffold`` beside this module. Their names end in ``.txt``, so that
no tool takes them for code of ours; ``NAME`` and ``DOT`` in a path and ``${name}`` in a file are
replaced.
"""

from pathlib import Path
from string import Template

from stadtkern.plugins.plugin import NAME, RESERVED

TEMPLATES = Path(__file__).parent / "scaffold"


class ScaffoldRefused(Exception):  # noqa: N818 - the word that authors read
    """The plugin cannot be written; the message says why and what to do."""


def write_plugin(name: str, folder: Path) -> tuple[Path, list[str]]:
    """Write the plugin ``name`` to ``folder/NAME``; return that folder and its files.

    Raises ``ScaffoldRefused`` for a name that no plugin can have and where the folder exists;
    nothing is written then.
    """
    if not NAME.fullmatch(name):
        raise ScaffoldRefused(
            f"“{name}” cannot be a plugin's name: use 2 to 31 lower-case letters and digits, "
            "beginning with a letter."
        )
    if name in RESERVED:
        raise ScaffoldRefused(f"“{name}” is a word of the core: choose another name.")
    target = folder / name
    if target.exists() or target.is_symlink():
        raise ScaffoldRefused(f"{target} exists already: choose another name or folder.")
    values = {
        "name": name,
        "Name": name.capitalize(),
        "package": f"stadtkern_{name}",
    }
    made: dict[Path, str] = {}
    for source in sorted(TEMPLATES.rglob("*.txt")):
        relative = str(source.relative_to(TEMPLATES)).removesuffix(".txt")
        # Packages leave files out whose names begin with a dot.
        relative = relative.replace("NAME", name).replace("DOT", ".")
        made[Path(relative)] = Template(source.read_text("utf-8")).substitute(values)
    try:
        for relative_path, text in made.items():
            path = target / relative_path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    except OSError as error:
        raise ScaffoldRefused(f"{target} cannot be written: {error.strerror}.") from error
    return target, [str(path) for path in made]
