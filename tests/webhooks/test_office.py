"""Receivers in the back office and on the command line."""

import json
from collections.abc import Callable
from typing import Any

from hooks_kit import Receiver, endpoint, listen, log, signed_by
from sqlalchemy import update

from stadtkern.notify.webhooks import WebhookDelivery
from stadtkern.testing.town import Town


def test_the_back_office_adds_tests_replays_and_deletes(town: Town, receiver: Receiver) -> None:
    town.login("administrator")
    form = _form(town.get("/admin/webhooks/new"), "url")
    form["name"], form["url"] = "Archiv", receiver.url
    for box in form.fields["checkbox"]:
        box.checked = box._value == "node.published"
    page = form.submit()
    secret = page.html.find(id="secret")["value"]
    assert page.headers["Cache-Control"] == "no-store"
    place = f"/admin/webhooks/{endpoint(town).id}"
    assert secret not in town.get(place).text
    town.post(f"{place}/test")
    town.run_jobs()
    headers, body = receiver.got[-1]
    assert json.loads(body)["type"] == "webhook.test"
    assert headers["webhook-signature"] == signed_by(secret, headers, body)
    receiver.status = 404
    town.page("Seite")
    town.run_jobs()
    shown = town.get(place).text
    assert "answer 404" in shown
    assert "waiting" in shown
    with town.session() as session:
        session.execute(
            update(WebhookDelivery)
            .where(WebhookDelivery.event == "node.published")
            .values(state="failed")
        )
    receiver.status = 200
    _form(town.get(f"{place}?state=failed"), "delivery").submit("delivery")
    town.run_jobs()
    row = log(town)[-1]
    assert (row.state, row.attempts) == ("delivered", 2)
    page = town.post(f"{place}/secret")
    assert page.html.find(id="secret")["value"] not in {secret, ""}
    town.post(f"{place}/delete")
    assert log(town) == []
    assert "No receivers yet" in town.get("/admin/webhooks").text


def _form(page: Any, field: str) -> Any:
    return next(form for form in page.forms.values() if field in form.fields)


def test_a_form_with_an_inner_address_comes_back(make_town: Callable[..., Town]) -> None:
    town = make_town()
    town.login("administrator")
    form = _form(town.get("/admin/webhooks/new"), "url")
    form["name"], form["url"] = "Archiv", "https://192.168.0.1/hook"
    page = form.submit(status=422)
    assert page.html.find(attrs={"name": "url"})["aria-invalid"] == "true"


def test_editors_stay_out(town: Town) -> None:
    town.login("editor")
    town.get("/admin/webhooks", status=403)


def test_commands_list_and_replay(town: Town, receiver: Receiver, stadtkern: Any) -> None:
    listen(town, receiver.url)
    town.page("Seite")
    town.run_jobs()
    listed = json.loads(stadtkern("webhooks", "list", "--tenant", town.slug, "--json").output)
    assert [(row["event"], row["state"]) for row in listed] == [("node.published", "delivered")]
    number = str(listed[0]["id"])
    assert stadtkern("webhooks", "replay", number, "--tenant", town.slug).exit_code == 0
    town.run_jobs()
    assert len(receiver.got) == 2
    assert stadtkern("webhooks", "replay", "999999", "--tenant", town.slug).exit_code != 0
