"""The Wagtail side: make the site in a new folder, measure it, print one line of JSON.

    <environment with requirements/wagtail.txt>/bin/python benchmarks/wagtail/measure.py

Reads from standard input what both sides have in common: ``blocks`` (a list of ``type`` and
``data``), ``rounds`` and ``warmup``.
"""

import io
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode
from wsgiref.util import setup_testing_defaults

HOST = "bench.example"
# Of transactions, which the other side's count leaves out too.
UNCOUNTED = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA")


class Browser:
    """Asks a WSGI application in this process, as somebody who is logged in."""

    def __init__(self, application: Any, cookies: dict[str, str]) -> None:
        self.application = application
        self.cookies = "; ".join(f"{name}={value}" for name, value in cookies.items())

    def ask(self, path: str, fields: list[tuple[str, str]] | None = None) -> tuple[str, bytes]:
        """Return status line and body of a GET, or of a POST if there are fields."""
        sent = urlencode(fields or ()).encode()
        environ: dict[str, Any] = {
            "HTTP_HOST": HOST,
            "HTTP_COOKIE": self.cookies,
            "PATH_INFO": path,
            "REQUEST_METHOD": "GET" if fields is None else "POST",
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(sent)),
            "wsgi.input": io.BytesIO(sent),
        }
        setup_testing_defaults(environ)
        lines: list[str] = []
        answer = self.application(environ, lambda status, *_rest: lines.append(status))
        try:
            return lines[0], b"".join(answer)
        finally:
            answer.close()


@contextmanager
def statements() -> Iterator[list[str]]:
    """Note every SQL statement."""
    from django.db import connection

    seen: list[str] = []

    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if not sql.startswith(UNCOUNTED):
            seen.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        yield seen


def make_site(blocks: list[dict[str, Any]], pages: int) -> tuple[Browser, list[int]]:
    """Return an editor's browser and the ids of so many drafts with these blocks."""
    import django
    from django.core.files.base import ContentFile
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    django.setup()
    call_command("migrate", verbosity=0)

    from django.contrib.auth import get_user_model
    from django.test import Client
    from PIL import Image as Picture
    from townpages.models import TownPage
    from wagtail.images.models import Image
    from wagtail.models import Page

    picture = io.BytesIO()
    Picture.new("RGB", (1200, 800), "#345").save(picture, "JPEG")
    image = Image(title="Rathaus", file=ContentFile(picture.getvalue(), "rathaus.jpg"))
    image.save()
    body = json.dumps([stream_value(block, image.pk) for block in blocks])
    home = Page.objects.get(depth=2)
    drafts = []
    user = get_user_model().objects.create_superuser("editor", "editor@people.example")
    for number in range(pages):
        page = TownPage(title=f"Seite {number}", slug=f"seite-{number}", body=body, live=False)
        home.add_child(instance=page)
        page.save_revision(user=user)
        drafts.append(page.pk)
    client = Client()
    client.force_login(user)
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    return Browser(get_wsgi_application(), cookies | {"csrftoken": "b" * 32}), drafts


def stream_value(block: dict[str, Any], image_id: int) -> dict[str, Any]:
    """Return a block of ours as Wagtail stores it."""
    value = block["data"]
    if block["type"] == "text":
        value = value["html"]
    elif block["type"] == "image":
        value = value | {"image": image_id}
    return {"type": block["type"], "value": value, "id": f"{block['id']:0>32}"}


def fields_of(page_id: int, html: bytes) -> list[tuple[str, str]]:
    """Return what a browser with JavaScript would send of the form, without the pressed button."""
    from bs4 import BeautifulSoup
    from townpages.models import TownPage
    from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

    form = BeautifulSoup(html, "html.parser").find("form", attrs={"data-edit-form": True})
    found: dict[str, str] = {}
    for field in form.select("input[name], textarea[name], select[name]"):
        kind = field.get("type", "")
        if kind in {"submit", "button"} or (kind == "checkbox" and not field.has_attr("checked")):
            continue
        chosen = field.find("option", selected=True)
        text = field.text if field.name == "textarea" else field.get("value", "")
        found[field["name"]] = text if chosen is None else chosen.get("value", "")
    stream = TownPage.objects.get(pk=page_id).body.raw_data
    values = []
    for block in stream:
        value = rich_text(block["value"]) if block["type"] == "text" else block["value"]
        values.append((block["type"], value))
    nested = streamfield(values)
    for number, block in enumerate(stream):
        nested[str(number)]["id"] = block["id"]
    found |= {name: str(value) for name, value in nested_form_data({"body": nested}).items()}
    found["csrfmiddlewaretoken"] = "b" * 32
    return list(found.items())


def cost(ask: Callable[[int], tuple[str, bytes]], wanted: str, task: dict[str, Any]) -> Any:
    """Return median CPU in ms, statements and size of one request, as ``Cost`` of editor.py."""
    spent, size = [], 0
    for number in range(task["warmup"] + task["rounds"]):
        begun = time.process_time()
        status, body = ask(number)
        spent.append(time.process_time() - begun)
        size = len(body)
        if not status.startswith(wanted):
            raise SystemExit(f"Wagtail answered {status}")
    with statements() as seen:
        ask(task["warmup"] + task["rounds"])
    median = statistics.median(spent[task["warmup"] :])
    return {"cpu_ms": round(median * 1000, 1), "sql": len(seen), "bytes": size}


def main() -> None:
    """Measure the form and publishing."""
    task = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as data:
        os.environ |= {"WAGTAIL_DATA": data, "DJANGO_SETTINGS_MODULE": "settings"}
        browser, drafts = make_site(task["blocks"], task["warmup"] + task["rounds"] + 1)

        def path(number: int) -> str:
            return f"/admin/pages/{drafts[number]}/edit/"

        costs = {"form": cost(lambda number: browser.ask(path(number)), "200", task)}
        sent = [
            [*fields_of(page_id, browser.ask(path(number))[1]), ("action-publish", "yes")]
            for number, page_id in enumerate(drafts)
        ]
        costs["publish"] = cost(lambda number: browser.ask(path(number), sent[number]), "302", task)
        from townpages.models import TownPage

        live = TownPage.objects.filter(live=True)
        if len(live) != len(drafts) or any(len(page.body) != len(task["blocks"]) for page in live):
            raise SystemExit("Wagtail has not published what was sent")
        print(json.dumps(costs))


if __name__ == "__main__":
    main()
