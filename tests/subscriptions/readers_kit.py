"""What tests of the subscriptions share: a reader who asks, and the mails they get."""

import re
from typing import Any

from sqlalchemy import update

from stadtkern.db import utcnow
from stadtkern.jobs.models import JobRow
from stadtkern.mail.models import MailMessage
from stadtkern.testing.town import Town

MAIL = "leserin@people.example"


PLACE = {
    "kind": "hotspot",
    "lat": 50.1,
    "lon": 8.2,
    "licence": "CC-BY-4.0",
    "attribution": "Stadtarchiv",
}


CODE = re.compile(r"#([A-Z2-9]{5}-[A-Z2-9]{5})\b")


KEY = re.compile(r"https://\S+(/abonnieren/abmelden/[0-9a-f]{40})")


def codes(town: Town) -> list[str]:
    """Return the codes that were mailed, the newest first."""
    return [found[1] for mail in town.mails() if (found := CODE.search(mail.body or ""))]


def ask(town: Town, about: str = "", *, mail: str = MAIL, frequency: str = "now") -> Any:
    page = town.get("/abonnieren", params={"about": about} if about else {})
    form = form_of(page, "mail")
    form["mail"] = mail
    form["frequency"] = frequency
    return form.submit()


def form_of(page: Any, field: str) -> Any:
    return next(form for form in page.forms.values() if field in form.fields)


def enter(town: Town, code: str, *, status: int | None = None) -> Any:
    form = form_of(town.get("/abonnieren/code"), "code")
    form["code"] = code
    return form.submit(status=status)


def subscribe(town: Town, about: str = "", **kw: Any) -> None:
    ask(town, about, **kw)
    enter(town, codes(town)[0], status=302)


def pass_time(town: Town) -> int:
    """Let what waits be due, and run it."""
    with town.session() as session:
        session.execute(update(JobRow).where(JobRow.state == "waiting").values(due_at=utcnow()))
    return town.run_jobs()


def news(town: Town) -> list[MailMessage]:
    """Return the mails with news, the oldest first."""
    return [mail for mail in reversed(town.mails()) if mail.headers]


def section(town: Town, title: str = "Aktuelles") -> Any:
    return town.add("folder", title)
