"""Deliveries as the exchange room reads them: which format, which records, which original."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from zipfile import BadZipFile, ZipFile

from lxml import etree

from stadtkern.exchange import DeliveryRefused, Found, Parsed, Source
from stadtkern_finance.formats.archive import MAGIC, Limits, archive_files
from stadtkern_finance.formats.model import FileRefused, Level, ParsedRecord
from stadtkern_finance.formats.pack import Pack
from stadtkern_finance.formats.pdf import embedded_xml, looks_like_pdf, printed_lines
from stadtkern_finance.formats.reading import detect, read_file
from stadtkern_finance.formats.table import decoded
from stadtkern_finance.formats.xml import looks_like_xml
from stadtkern_finance.i18n import _

LIMITS = Limits()
EXCERPT = 20_000
"""Characters of an original that are shown beside what was understood."""


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except FileRefused as refused:
        raise DeliveryRefused(refused.entry, refused.text) from None


def _files(source: Source) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each file of a delivery, one in memory at a time."""
    if source.head(len(MAGIC)) == MAGIC:
        with source.path.open("rb") as stream:
            for name, data in archive_files(stream, source.name, LIMITS):
                if data.startswith(MAGIC):
                    raise FileRefused(name, _("is an archive within an archive"))
                yield name, data
        return
    if source.path.stat().st_size > LIMITS.entry_bytes:
        most = LIMITS.entry_bytes // 1_000_000
        reason = _(
            "is larger than ${n} MB. Ask the sender for an archive of several files",
            mapping={"n": most},
        )
        raise FileRefused(source.name, reason)
    yield source.name, source.path.read_bytes()


def detects(name: str, pack: Pack) -> Callable[[Source], bool]:
    """Return what tells whether a delivery's first file is of a family of mappings."""

    def found(source: Source) -> bool:
        with _refusing():
            for entry, data in _files(source):
                return detect(data, entry, pack.mappings).family == name
        raise DeliveryRefused(source.name, _("holds no file"))

    return found


def reads(name: str, pack: Pack) -> Callable[[Source], Iterator[Parsed]]:
    """Return what reads deliveries of one family; one that mixes them is refused."""
    # Without schemas there is no gate to ask.
    gate = pack.check if pack.schemas else None

    def read(source: Source) -> Iterator[Parsed]:
        with _refusing():
            for entry, data in _files(source):
                for one in read_file(data, entry, pack.mappings, name, gate):
                    yield parsed(one)

    return read


def parsed(one: ParsedRecord) -> Parsed:
    """Return a record that our formats have read in the words of the exchange room."""
    unmapped = one.fields.get("unmapped") or {}
    findings = tuple(
        Found.error("finance.unfit", finding.field, finding.text)
        if finding.level is Level.ERROR
        else Found.warning("finance.unknown", finding.field, finding.text)
        for finding in one.findings
    )
    count = sum(len(texts) for texts in unmapped.values())
    return Parsed(one.fields, one.entry, one.number, findings, count)


def count(source: Source) -> int:
    """Return how many files an archive holds, which is about how many records there are."""
    if source.head(len(MAGIC)) != MAGIC:
        return 0
    try:
        with ZipFile(source.path) as archive:
            return sum(not info.is_dir() for info in archive.infolist())
    except BadZipFile:
        return 0


def excerpt(source: Source, entry: str, number: int) -> str:
    """Return one record's original: its element of the XML, its line, or the printed lines."""
    with _refusing():
        data = _entry(source, entry)
        if looks_like_pdf(data):
            inner = embedded_xml(data, entry)
            if inner is None:
                return "\n".join(line.text for line in printed_lines(data, entry))[:EXCERPT]
            data = inner[1]
        if not looks_like_xml(data):
            lines = [line for line in decoded(data, entry).splitlines() if line.strip()]
            return "\n".join((lines[0], *lines[number : number + 1]))[:EXCERPT]
        record = _element(data, number)
    if record is None:
        return decoded(data, entry)[:EXCERPT]
    etree.indent(record)
    return str(etree.tostring(record, encoding="unicode", with_tail=False))[:EXCERPT]


def _entry(source: Source, entry: str) -> bytes:
    if source.head(len(MAGIC)) != MAGIC:
        return source.path.read_bytes()
    name = entry.removeprefix(f"{source.name}/")
    try:
        with ZipFile(source.path) as archive:
            if name not in archive.namelist():
                # XML that a PDF of the archive carries is named below that PDF.
                name = name.rpartition("/")[0]
            if archive.getinfo(name).file_size > LIMITS.entry_bytes:
                raise FileRefused(entry, _("is too large to be shown"))
            return archive.read(name)
    except (KeyError, BadZipFile):
        raise FileRefused(entry, _("is not in the archive")) from None


def _element(data: bytes, number: int) -> etree._Element | None:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        return None
    children = [child for child in root if isinstance(child.tag, str)]
    return children[number - 1] if number <= len(children) else None
