"""What an archive holds, compared with what is installed; every row read and checked."""

from collections.abc import Sequence
from typing import Any

from pyramid.registry import Registry

from stadtkern.storage import FileStore
from stadtkern.tenants.services import COLOUR
from stadtkern.towns.archive import MAX_PRIVATE, SHA256, Archive, Progress
from stadtkern.towns.errors import TownRefused, bad_row, bomb
from stadtkern.towns.parts import ACCOUNT, Row, TownData, parts
from stadtkern.towns.values import BadRow, default_of, from_json
from stadtkern.web.i18n import _


class Reader:
    """One archive, read with the eyes of this installation."""

    def __init__(self, registry: Registry, archive: Archive, leave_out: Sequence[str]) -> None:
        """Raise ``TownRefused`` where the archive does not fit."""
        self.archive = archive
        self.leave_out = tuple(leave_out)
        self.parts = {part.name: part for part in parts(registry)}
        self._store: FileStore = registry["storage"]
        self._held = set(archive.files)
        self._private = set(archive.private)
        self._kept = {
            name: {*shas, *archive.manifest.missing} for name, shas in archive.kept.items()
        }
        self.left: list[str] = []
        """Parts that are not taken."""
        for name, part in archive.manifest.parts.items():
            self._fits(name, part)

    @property
    def taken(self) -> list[TownData]:
        """Return the parts that the archive holds and that are taken, in their order."""
        held = self.archive.manifest.parts
        return [part for name, part in self.parts.items() if name in held and name not in self.left]

    def _fits(self, name: str, said: Any) -> None:
        if name == ACCOUNT:
            return
        ours = self.parts.get(name)
        if ours is None or (said.owner is not None and said.owner in self.leave_out):
            if said.owner is None:
                raise TownRefused(
                    _(
                        "The archive holds “${name}”, which this installation does not know. "
                        "Please update Stadtkern first.",
                        mapping={"name": name},
                    )
                )
            if said.owner not in self.leave_out:
                raise TownRefused(
                    _(
                        "The archive holds data of the plugin “${plugin}”, which is not installed "
                        "here. Please install it, or leave its data out on purpose (--leave-out).",
                        mapping={"plugin": said.owner},
                    )
                )
            self.left.append(name)
        elif said.version > ours.version:
            raise TownRefused(
                _(
                    "“${name}” in the archive has version ${theirs}; this installation reads up to "
                    "${ours}. Please update Stadtkern or the plugin first.",
                    mapping={"name": name, "theirs": said.version, "ours": ours.version},
                )
            )

    def check(self, progress: Progress = lambda _done, _total: None) -> None:
        """Read all of the archive, every checksum and every row; nothing is stored."""
        self.archive.verify(progress)
        self.town()
        missing = set(self.archive.manifest.missing)
        for name, said in self.archive.manifest.parts.items():
            count = 0
            part = self.parts.get(name)
            for number, _size, row in self.archive.lines(f"data/{name}.jsonl"):
                count += 1
                if name == ACCOUNT:
                    person_of(number, row)
                elif part is not None and name not in self.left:
                    values = self.values(part, number, row)
                    for sha in part.files(values) if part.files is not None else ():
                        if part.store is None:
                            self._owns(part.member, number, sha)
                        elif sha not in self._kept.get(name, missing):
                            raise bad_row(
                                part.member, number, "names a file that the archive does not hold"
                            )
                    if part.private is not None:
                        self._brings(part.member, number, values[part.private.column])
            if count != said.rows:
                raise bad_row(f"data/{name}.jsonl", count, "another number of rows is announced")

    def _owns(self, member: str, number: int, sha: str) -> None:
        """Refuse a row that names bytes which the archive does not bring along.

        Bytes are stored once for all towns: who knows a hash must not get another town's file.
        """
        lost = sha in self.archive.manifest.missing and not self._store.has(sha)
        if sha not in self._held and not lost:
            raise bad_row(member, number, "names a file that the archive does not hold")

    def _brings(self, member: str, number: int, sha: str) -> None:
        """Refuse a row whose own bytes are not in the archive, or are too many."""
        if sha not in self._private:
            raise bad_row(member, number, "names a file that the archive does not hold")
        if self.archive.size(f"private/{sha}") > MAX_PRIVATE:
            raise bomb()

    def town(self) -> dict[str, Any]:
        """Return what the archive says of the town itself."""
        said = self.archive.town()
        arms = said.get("arms")
        fine = (
            isinstance(said.get("name"), str)
            and isinstance(said.get("ags"), str)
            and isinstance(said.get("locales"), list)
            and all(isinstance(one, str) for one in said["locales"])
            and isinstance(said.get("timezone"), str)
            and len(said["timezone"]) <= 64  # noqa: PLR2004 - the column's
            and isinstance(said.get("accent"), str)
            and COLOUR.fullmatch(said["accent"])
            and (arms is None or (isinstance(arms, str) and SHA256.fullmatch(arms)))
            and isinstance(said.get("demo"), bool)
        )
        if not fine:
            raise bad_row("town.json", 1, "name, ags, locales, timezone, accent, arms or demo")
        if arms is not None:
            self._owns("town.json", 1, arms)
        return said

    def values(self, part: TownData, number: int, row: Row) -> Row:
        """Return a row's columns as the database takes them, references as the archive has them."""
        said = self.archive.manifest.parts[part.name]
        values: Row = {}
        try:
            if said.version < part.version and part.upgrade is not None:
                row = part.upgrade(said.version, dict(row))
            unknown = sorted(set(row) - set(part.columns))
            if unknown:
                raise BadRow(f"unknown column {unknown[0][:60]}")  # noqa: TRY301
            for name, column in part.columns.items():
                if name not in row:
                    values[name] = default_of(column)
                elif part.references.get(name) == ACCOUNT:
                    values[name] = _mail(column, row[name])
                else:
                    values[name] = from_json(column, row[name])
            if part.numbered and values["id"] < 1:
                raise BadRow("id: not above 0")  # noqa: TRY301
        except BadRow as error:
            raise bad_row(part.member, number, str(error)) from error
        return values


def _mail(column: Any, value: Any) -> str | None:
    if value is None and column.nullable:
        return None
    if not isinstance(value, str) or not _is_mail(value):
        raise BadRow(f"{column.name}: no mail address")
    return value


def _is_mail(value: str) -> bool:
    return "@" in value and len(value) <= 254 and value == value.strip().lower()  # noqa: PLR2004


def person_of(number: int, row: Row) -> Row:
    """Return an account's columns from its row."""
    mail, name, locale = row.get("mail"), row.get("name"), row.get("locale")
    if (
        set(row) != {"mail", "name", "locale"}
        or not (isinstance(mail, str) and _is_mail(mail))
        or not (isinstance(name, str) and 0 < len(name) <= 120)  # noqa: PLR2004 - the column's
        or not (locale is None or (isinstance(locale, str) and len(locale) <= 12))  # noqa: PLR2004
    ):
        raise bad_row(f"data/{ACCOUNT}.jsonl", number, "mail, name, locale")
    return {"mail": mail, "name": name, "locale": locale}
