"""What tests of the form builder share: a form, and entries that are sent with it."""

from typing import Any

from stadtkern.content.models import Node
from stadtkern.submissions.models import Submission
from stadtkern.testing.town import Town


def question(number: int, label: str, kind: str = "line", **data: Any) -> dict[str, Any]:
    return {
        "id": f"{number:08x}",
        "type": "form_field",
        "version": 1,
        "data": {"label": label, "kind": kind, "required": True} | data,
    }


def make(town: Town, **kw: Any) -> Node:
    blocks = [
        question(1, "Ihr Name"),
        question(2, "Mail", "mail", required=False),
        question(3, "Haben Sie einen Hund?", "choice", options="Ja\nNein"),
        question(
            4,
            "Name des Hundes",
            when_label="haben sie einen hund?",
            when_value="Ja",
            help="Rufname",
        ),
        question(5, "Konto", "iban", required=False),
        question(6, "Einverstanden", "consent"),
    ]
    return town.add(
        "form", "Hundeanmeldung", blocks=blocks, fields={"keep_days": 30} | kw, summary="Kurz"
    )


GOOD = {
    "q-00000001": "Erika Beispiel",
    "q-00000003": "Ja",
    "q-00000004": "Bello",
    "q-00000006": "true",
}


def token_of(town: Town, node: Node) -> str:
    page = town.get(node.path)
    form = next(one for one in page.forms.values() if "page_token" in one.fields)
    return str(form["page_token"].value)


def send(town: Town, node: Node, status: int = 200, **changes: Any) -> Any:
    values = GOOD | {f"q-0000000{key[1:]}": value for key, value in changes.items()}
    return town.post(node.path, {"page_token": token_of(town, node), **values}, status=status)


def rows(town: Town) -> list[Submission]:
    with town.session(write=False) as session:
        found = list(session.query(Submission).order_by(Submission.id))
        session.expunge_all()
    return found


def references(answer: Any) -> list[str]:
    return [one.text for one in answer.html.select(".reference")]
