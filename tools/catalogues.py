"""Bring the German catalogues in line with the code and say what is missing.

    .venv/bin/python tools/catalogues.py            update and report; exit code 1 if anything lacks
    .venv/bin/python tools/catalogues.py --check    only report
    .venv/bin/python tools/catalogues.py FOLDER …   only these packages (the folder with locale/)

Messages are read from Python files (`_("…")`) and templates (`_("…")`, `gettext`, `ngettext`). New
ones are added without a translation, those that the code no longer has are taken out, all others
stay as they are. A translation must hold the same `${names}` as its message.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
METHODS = [("**.py", "python"), ("**.jinja2", "jinja2.ext:babel_extract")]
# Not silent: a template that cannot be read must not lose its messages quietly.
OPTIONS = {"**.jinja2": {"silent": "false", "trim_blocks": "true", "lstrip_blocks": "true"}}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
LEFT_OUT = {"locale", "migrations", "scaffold", "static", "__pycache__"}
PLACE = re.compile(r"\$\{[a-z_]+\}|%\([a-z_]+\)[sd]")
HEADER = """\
msgid ""
msgstr ""
"Language: {locale}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""


def packages() -> list[Path]:
    """Return the core's folder and those of the plugins in this repository that have texts."""
    folders = [ROOT / "src" / "stadtkern", *sorted(ROOT.glob("plugins/*/src/*"))]
    return [folder for folder in folders if (folder / "locale").is_dir()]


def extracted(package: Path) -> Catalog:
    """Return all messages of a package with the files that they stand in."""
    catalogue = Catalog()
    for name, _line, message, _comments, context in extract_from_dir(
        package,
        METHODS,
        OPTIONS,
        keywords=KEYWORDS,
        directory_filter=lambda folder: Path(folder).name not in LEFT_OUT,
    ):
        # No line numbers: they would change with every edit of the code.
        catalogue.add(message, locations=[(Path(name).as_posix(), None)], context=context)
    return catalogue


def merged(found: Catalog, known: Catalog) -> Catalog:
    """Return the messages found, with the translations that are known."""
    result = Catalog(locale=known.locale)
    for message in found:
        if not message.id:
            continue
        old = known.get(message.id, message.context)
        same_kind = old is not None and isinstance(old.id, str) == isinstance(message.id, str)
        added = result.add(
            message.id,
            old.string if old is not None and same_kind else None,
            locations=sorted(set(message.locations)),
            user_comments=old.user_comments if old is not None else (),
            context=message.context,
        )
        # Babel takes ${name} for a Python format.
        added.flags.clear()
    return result


def problems(catalogue: Catalog) -> Iterator[str]:
    """Yield what is not translated, or translated with other names to fill in."""
    for message in catalogue:
        if not message.id:
            continue
        source = message.id if isinstance(message.id, str) else message.id[-1]
        for text in _strings(message):
            if not text:
                yield f"not translated: {source}"
                break
            if set(PLACE.findall(text)) != set(PLACE.findall(source)):
                yield f"other names to fill in: {source}"
                break


def _strings(message: Message) -> tuple[str, ...]:
    if isinstance(message.string, str):
        return (message.string,)
    return tuple(message.string or ("",))


def as_text(catalogue: Catalog, locale: str) -> str:
    """Return a catalogue as the text of its file, by message, without wrapping."""
    buffer = BytesIO()
    write_po(buffer, catalogue, width=0, omit_header=True, sort_output=True)
    return HEADER.format(locale=locale) + buffer.getvalue().decode("utf-8").strip() + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Update or check catalogues; return 1 if a translation is missing or wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--check", action="store_true", help="change nothing")
    options = parser.parse_args(arguments)
    wrong = 0
    for package in options.folders or packages():
        found = extracted(package)
        for file in sorted(package.glob("locale/*/LC_MESSAGES/*.po")):
            locale = file.parent.parent.name
            with file.open("rb") as handle:
                known = read_po(handle, locale=locale)
            result = merged(found, known)
            text = as_text(result, locale)
            lines = list(problems(result))
            stale = text != file.read_text("utf-8")
            if stale and not options.check:
                file.write_text(text, "utf-8")
            elif stale:
                lines.append("does not fit the code: run tools/catalogues.py")
            wrong += len(lines)
            print(f"{file.name} ({locale}): {len(result)} messages, {len(lines)} to mend")
            for line in lines:
                print(f"  {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
