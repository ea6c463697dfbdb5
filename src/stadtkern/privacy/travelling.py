"""Holds and certificates of a town that moves to another installation."""

from typing import Any

from pyramid.config import Configurator

from stadtkern.privacy.holding import mark_of
from stadtkern.privacy.models import PERSON, LegalHold, PrivacyCertificate


def _leave(row: dict[str, Any]) -> None:
    if row["kind"] == PERSON:
        # A keyed hash: another town's key makes another one of the address.
        row["subject"] = ""


def _arrive(moving: Any, row: dict[str, Any]) -> None:
    if row["kind"] == PERSON:
        mail = row["sealed_mail"] or ""
        row["subject"] = mark_of(moving.session, moving.registry, moving.tenant_id, mail)
    elif row["subject"].isdecimal():
        number = moving.number(row["kind"], int(row["subject"]))
        # What did not come along is held by nobody here.
        row["subject"] = f"gone:{row['subject']}" if number is None else str(number)


def configure(config: Configurator) -> None:
    """Let them go along."""
    config.add_town_data(
        "legal_hold",
        LegalHold,
        references={"subject_account": "account", "account_id": "account", "lifted_by": "account"},
        prepare=_leave,
        move=_arrive,
    )
    config.add_town_data(
        "privacy_certificate", PrivacyCertificate, references={"account_id": "account"}
    )
