"""``stadtkern finance notices``: of a town's assessments, or as files without a database."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from stadtkern.web.console import Console, json_option
from stadtkern_finance.calculation import Assessment, calculate
from stadtkern_finance.console import Unfit, language_option, read_input, refusing
from stadtkern_finance.i18n import _
from stadtkern_finance.issuing.command import make_stored
from stadtkern_finance.notices.facts import NoticeFacts, facts_of
from stadtkern_finance.notices.letters.printing import printer
from stadtkern_finance.notices.making import Press
from stadtkern_finance.notices.samples import SAMPLES
from stadtkern_finance.notices.towns import SAMPLE, load_town
from stadtkern_finance.notices.xunternehmen.schema_pack import load_pack
from stadtkern_finance.records.reading import BadInput, checked, record_of, refused, requests_of
from stadtkern_finance.records.schema import NOTICE

pack_option = click.option(
    "--schema-pack",
    envvar="STADTKERN_SCHEMA_PACK",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the official XSD files; trade tax is checked against them.",
)


@click.command("notices")
@click.argument(
    "out", metavar="FOLDER", required=False, type=click.Path(file_okay=False, path_type=Path)
)
@click.option(
    "--town",
    "town_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Town file (YAML) with letterhead and legal text; without it a made-up town.",
)
@pack_option
@click.option("--sample", is_flag=True, help="Made-up notices, to look at the letterhead.")
@click.option("--town-sample", is_flag=True, help="Print a town file to begin with, and end.")
@click.option("--tenant", "slug", help="Make the notices of this town's released assessments.")
@click.option(
    "--day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="With --tenant: the day that they bear; without it today.",
)
@json_option
@language_option
@click.pass_obj
def notices(
    console: Console | None,
    *,
    slug: str | None,
    day: datetime | None,
    out: Path | None,
    town_file: Path | None,
    schema_pack: Path | None,
    sample: bool,
    town_sample: bool,
    as_json: bool,
    language: str,
) -> None:
    """Write notices as PDF, with trade tax also as XML, into FOLDER.

    With --tenant notices of all released assessments that have none are made and kept; with FOLDER
    their files are written there, too. Exit code 1 where one cannot be made; the report says why.

    Without --tenant no database is needed.
    Reads one AssessmentRecord or a list from standard input, with `hebesatz` and dates beside its
    fields as for `calculate`, and `notice` with at least `kassenzeichen` and `day`; what is the
    same for all of a list may stand around it. The same input gives the same bytes. Nothing is
    written where one record does not fit.
    """
    if town_sample:
        click.echo(SAMPLE, nl=False)
        return
    if slug is not None and console is not None:
        bears: date | None = None if day is None else day.date()
        make_stored(console, slug, bears, out, language, as_json=as_json)
        return
    if out is None:
        raise Unfit("FOLDER is missing: where to write the notices.")
    with refusing(language):
        town = load_town(SAMPLE if town_file is None else town_file.read_bytes())
        press = Press(town, load_pack(schema_pack))
        given = list(SAMPLES) if sample else read_input()
        jobs = _checked(press, given)
    try:
        out.mkdir(parents=True, exist_ok=True)
        names = []
        for assessment, facts in jobs:
            notice = press.draft(assessment, facts).printed(printer())
            for name, data in notice.files():
                (out / name).write_bytes(data)
                names.append(name)
    except OSError as error:
        raise Unfit(f"{out} cannot be written: {error.strerror}.") from None
    if as_json:
        click.echo(json.dumps({"folder": str(out), "files": names}, ensure_ascii=False))
    else:
        click.echo("\n".join(names))


def _checked(press: Press, value: Any) -> list[tuple[Assessment, NoticeFacts]]:
    """Return what is to be printed once all of it may be sent; drafts of thousands are not kept."""
    value, given = _split(value)
    requests, many = requests_of(value)
    made = []
    stems: set[str] = set()
    for number, (request, notice) in enumerate(zip(requests, given, strict=True), 1):
        try:
            assessment = calculate(record_of(request), request)
            facts = facts_of(assessment, checked(notice, NOTICE))
            stem = press.draft(assessment, facts).stem
            if stem in stems:
                raise refused("notice.message_id", _("stands there twice"), _("each notice once"))
        except BadInput as error:
            raise BadInput(error.problems, number if many else None) from None
        stems.add(stem)
        made.append((assessment, facts))
    return made


def _split(value: Any) -> tuple[Any, list[Any]]:
    """Return the calculations without their notices, and the notices in the same order."""
    if isinstance(value, list):
        parts = [_without(item) for item in value]
        return [item for item, _notice in parts], [notice for _item, notice in parts]
    item, common = _without(value)
    if isinstance(item, dict):
        for name in ("records", "record"):
            if isinstance(item.get(name), list):
                parts = [_without(one) for one in item[name]]
                merged = [
                    common | own if isinstance(own, dict) and isinstance(common, dict) else own
                    for _one, own in parts
                ]
                return item | {name: [one for one, _own in parts]}, merged
    return item, [common]


def _without(item: Any) -> tuple[Any, Any]:
    if not isinstance(item, dict):
        return item, {}
    rest = {name: value for name, value in item.items() if name != "notice"}
    return rest, item.get("notice", {})
