"""Entries of forms and their files, of a town that moves to another installation."""

import hashlib
import json
from typing import Any

from pyramid.config import Configurator
from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern.media.intake import safe_name
from stadtkern.submissions import files
from stadtkern.submissions.models import Submission, SubmissionFile


def _upgrade(_version: int, row: dict[str, Any]) -> dict[str, Any]:
    """Read a row of version 1: it named a keyed hash, which was empty in archives."""
    row.pop("mail_mark", None)
    return row


def _leave_file(
    session: Session, registry: Registry, tenant_id: int, row: dict[str, Any]
) -> tuple[dict[str, Any], bytes]:
    """Return a file's row as it travels, and its bytes in clear; its key stays here."""
    # This row is never stored.
    file = files.opened(session, registry, SubmissionFile(tenant_id=tenant_id, **row))
    facts = json.dumps({"name": file.name, "type": file.type}, ensure_ascii=False, sort_keys=True)
    sha = hashlib.sha256(file.data).hexdigest()
    return {**row, "stored": sha, "size": len(file.data), "sealed": facts}, file.data


def _arrive_file(
    session: Session, registry: Registry, tenant_id: int, row: dict[str, Any], data: bytes
) -> dict[str, Any]:
    """Encrypt a file for this town; return its row as it is stored, ``ValueError`` if it is odd."""
    facts = json.loads(row["sealed"])
    name, kind = facts["name"], facts["type"]
    if not isinstance(name, str) or kind not in files.TYPES:
        raise ValueError("facts")
    file = files.Attached(safe_name(name), kind, data)
    stored, sealed = files.encrypted(session, registry, tenant_id, row["field"], file)
    return {**row, "stored": stored, "size": len(data), "sealed": sealed}


def _forget(registry: Registry, tenant_id: int) -> None:
    store = files.store_of(registry, tenant_id)
    for sha in list(store.shas()):
        store.remove(sha)


def configure(config: Configurator) -> None:
    """Let them go along."""
    config.add_town_data(
        "submission",
        Submission,
        numbered=True,
        references={"node_id": "node"},
        # Another town's key makes other hashes of mail addresses: they are noted anew there.
        leave_out=("marked",),
        version=2,
        upgrade=_upgrade,
    )
    config.add_town_data(
        "submission_file",
        SubmissionFile,
        references={"submission_id": "submission"},
        private=("stored", _leave_file, _arrive_file, _forget),
    )
