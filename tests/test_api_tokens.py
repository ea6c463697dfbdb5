"""Access tokens: made in the back office, shown once, stored as a hash, ended at any time."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from stadtkern.accounts import services, tokens
from stadtkern.accounts.models import Account, ApiToken
from stadtkern.db import utcnow


def rows(town):
    with town.session(write=False) as session:
        found = list(session.scalars(select(ApiToken).order_by(ApiToken.id)))
        session.expunge_all()
    return found


def fill(town, path, **values):
    form = _form(town.get(path))
    for name, value in values.items():
        form[name] = value
    for box in form.fields["checkbox"]:
        box.checked = box._value in {"nodes:read", "editor"}
    return form.submit()


def _form(page):
    return next(form for form in page.forms.values() if "days" in form.fields)


def change(town, secret, **columns):
    with town.session() as session:
        row = session.scalars(
            select(ApiToken).where(ApiToken.token_hash == tokens.digest(secret))
        ).one()
        for name, value in columns.items():
            setattr(row, name, value)


def test_a_token_is_shown_once_and_stored_as_a_hash(town) -> None:
    person = town.login("editor")
    page = fill(town, "/account/tokens/new", name="Kalender", days="30")
    secret = page.html.find(id="secret")["value"]
    assert tokens.TOKEN.fullmatch(secret)
    assert page.headers["Cache-Control"] == "no-store"
    (row,) = rows(town)
    assert (row.name, row.account_id, row.scopes) == ("Kalender", person.id, ["nodes:read"])
    assert secret not in repr(vars(row))
    assert timedelta(days=29) < row.expires_at - utcnow() < timedelta(days=31)
    listed = town.get("/account/tokens")
    assert "Kalender" in listed.text
    assert secret not in listed.text
    assert town.api("GET", "/nodes", token=secret).status_int == 200


def test_making_a_token_asks_who_it_is(town) -> None:
    person = town.account("editor")
    old = utcnow() - timedelta(minutes=11)
    town.browser.set_cookie(town.ticket_cookie, town.ticket(person, proved_at=old))
    assert "/account/prove" in town.get("/account/tokens/new").location
    assert rows(town) == []


def test_a_service_has_roles_of_its_own(town) -> None:
    town.login("administrator")
    secret = fill(town, "/admin/tokens/new", name="Import", days="7").html.find(id="secret")[
        "value"
    ]
    (row,) = rows(town)
    assert (row.account_id, row.roles, row.node_id) == (None, ["editor"], None)
    assert town.api("GET", "/nodes", token=secret).json["items"]


def test_a_service_needs_a_role_and_a_scope(town) -> None:
    town.login("administrator")
    form = _form(town.get("/admin/tokens/new"))
    form["name"] = "Nichts"
    page = form.submit(status=422)
    assert "Bitte wählen Sie, was das Token darf." in page.text
    assert rows(town) == []


def test_revoking_ends_a_token_at_once(town) -> None:
    person = town.login("editor")
    secret = town.token(person)
    (row,) = rows(town)
    assert town.api("GET", "/nodes", token=secret).status_int == 200
    town.post(f"/account/tokens/{row.id}/revoke")
    refused = town.api("GET", "/nodes", token=secret, status=401)
    assert refused.json["type"] == "urn:stadtkern:problem:token"
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]


def test_nobody_revokes_what_is_not_theirs(town) -> None:
    owner = town.account("editor", mail="a@people.example")
    secret = town.token(owner)
    (row,) = rows(town)
    town.login("editor", mail="b@people.example")
    town.post(f"/account/tokens/{row.id}/revoke")
    assert town.api("GET", "/nodes", token=secret).status_int == 200
    town.login("administrator", mail="c@people.example")
    town.post(f"/admin/tokens/{row.id}/revoke")
    town.api("GET", "/nodes", token=secret, status=401)


@pytest.mark.parametrize(
    "columns", [{"expires_at": utcnow() - timedelta(seconds=1)}, {"revoked_at": utcnow()}]
)
def test_a_token_that_has_ended_opens_nothing(town, columns) -> None:
    secret = town.token(town.account("editor"))
    change(town, secret, **columns)
    town.api("GET", "/nodes", token=secret, status=401)


def test_a_token_of_another_town_is_nobody_here(town) -> None:
    other = town.second_tenant()
    secret = other.token(other.account("administrator"))
    assert other.api("GET", "/nodes", token=secret).status_int == 200
    town.api("GET", "/nodes", token=secret, status=401)


def test_whoever_leaves_takes_their_tokens_along(town) -> None:
    town.account("administrator", mail="bleibt@people.example")
    person = town.account("editor", mail="geht@people.example")
    secret = town.token(person)
    with town.session() as session:
        services.remove_member(session, person.id)
    town.api("GET", "/nodes", token=secret, status=401)
    town.account("editor", mail="geht@people.example")
    town.api("GET", "/nodes", token=secret, status=401)


def test_a_service_stops_when_whoever_answers_for_it_leaves(town) -> None:
    leaves = town.login("administrator", mail="geht@people.example")
    page = fill(town, "/admin/tokens/new", name="Fahrplan", days="30")
    secret = page.html.find(id="secret")["value"]
    stays = town.login("administrator", mail="bleibt@people.example")
    answer = town.post(f"/admin/people/{leaves.id}/remove").follow()
    assert "1" in answer.html.select_one(".notice.success").get_text()
    town.api("GET", "/nodes", token=secret, status=401)
    # Coming back wakes nothing; somebody must say that it is still needed.
    town.account("administrator", mail="geht@people.example")
    town.api("GET", "/nodes", token=secret, status=401)
    (row,) = rows(town)
    assert "angehalten" in town.get("/admin/tokens").text
    town.post(f"/admin/tokens/{row.id}/take-over")
    assert town.api("GET", "/nodes", token=secret).status_int == 200
    assert rows(town)[0].created_by == stays.id
    assert "angehalten" not in town.get("/admin/tokens").text


def test_a_service_stops_while_the_account_that_answers_for_it_is_closed(town) -> None:
    secret = town.token(None, roles=["editor"])
    (row,) = rows(town)
    town.api("GET", "/nodes", token=secret)
    with town.session() as session:
        session.get(Account, row.created_by).active = False
    town.api("GET", "/nodes", token=secret, status=401)


def test_a_personal_token_cannot_be_taken_over(town) -> None:
    owner = town.account("editor")
    secret = town.token(owner)
    (row,) = rows(town)
    town.login("administrator")
    town.post(f"/admin/tokens/{row.id}/take-over")
    assert rows(town)[0].created_by == owner.id
    assert town.api("GET", "/nodes", token=secret).status_int == 200


def test_a_closed_account_closes_its_tokens(town) -> None:
    person = town.account("editor")
    secret = town.token(person)
    with town.session() as session:
        session.get(Account, person.id).active = False
    town.api("GET", "/nodes", token=secret, status=401)


def test_a_token_without_the_scope_is_told_which_one_it_lacks(town) -> None:
    secret = town.token(town.account("editor"), "other:read")
    refused = town.api("GET", "/nodes", token=secret, status=403)
    assert 'error="insufficient_scope", scope="nodes:read"' in refused.headers["WWW-Authenticate"]
    assert "nodes:read" in refused.json["detail"]


def test_a_role_that_needs_a_second_factor_needs_it_for_tokens_too(town) -> None:
    secret = town.token(town.account("editor"))
    town.configure("security", factor_roles={"editor"})
    refused = town.api("GET", "/nodes", token=secret, status=403)
    assert refused.json["type"] == "urn:stadtkern:problem:factor"


def test_a_login_opens_no_machine_endpoint_and_a_token_no_page(town) -> None:
    person = town.login("administrator")
    assert town.get("/admin").status_int == 200
    assert town.get("/api/v1/nodes", status=401).json["status"] == 401
    secret = town.token(person)
    town.anonymous()
    page = town.get("/admin", headers={"Authorization": f"Bearer {secret}"})
    assert "/login" in page.location
    # Nor does a token in the address count: addresses are logged.
    town.api("GET", f"/nodes?access_token={secret}", status=401)


def test_personal_tokens_can_be_switched_off(town) -> None:
    town.configure("security", personal_tokens=False)
    town.login("editor")
    assert "/account/tokens/new" not in town.get("/account/tokens").text
    town.get("/account/tokens/new", status=403)


def test_the_longest_time_is_the_towns_to_say(town) -> None:
    town.configure("security", token_days=60)
    town.login("editor")
    page = town.get("/account/tokens/new")
    values = [value for value, _selected, _text in _form(page)["days"].options]
    assert values == ["7", "30", "60"]


def test_last_uses_are_stored_beside_requests(town) -> None:
    secret = town.token(town.account("editor"))
    with town.statements() as seen:
        town.api("GET", "/nodes", token=secret)
    assert not [one for one in seen if "UPDATE" in one.upper().split()]
    (row,) = rows(town)
    assert row.last_used_at is None
    assert town.registry["counts"].flush() >= 1
    (row,) = rows(town)
    assert row.last_used_at is not None
    town.login("editor")
    assert re.search(r"zuletzt benutzt", town.get("/account/tokens").text)


def test_made_up_tokens_ask_no_database(town) -> None:
    town.get("/")
    with town.statements() as seen:
        for guess in ("stadtkern_" + "a" * 49, "x", "stadtkern_", "Basic abc"):
            town.api("GET", "/nodes", token=guess, status=401)
    assert [one for one in seen if "api_token" in one] == []


def test_strangers_are_slowed_down(town) -> None:
    for _try in range(60):
        town.api("GET", "/nodes", status=401)
    refused = town.api("GET", "/nodes", status=429)
    assert int(refused.headers["Retry-After"]) > 0
    assert refused.content_type == "application/problem+json"


def test_a_token_is_slowed_down_by_the_towns_setting(town) -> None:
    town.configure("api", per_minute=10)
    one, other = (town.token(town.account("editor")) for _n in range(2))
    for _try in range(10):
        town.api("GET", "/nodes?limit=1", token=one)
    assert town.api("GET", "/nodes?limit=1", token=one, status=429).headers["Retry-After"] == "60"
    assert town.api("GET", "/nodes?limit=1", token=other).status_int == 200


def test_another_password_ends_personal_tokens_in_every_town(town) -> None:
    person = town.account("editor")
    other = town.second_tenant()
    with other.session() as session:
        services.set_roles(session, other.registry, session.get(Account, person.id), ["editor"])
    mine, theirs = town.token(person), other.token(person)
    service = town.token(None, roles=["editor"])
    with town.session() as session:
        account = session.get(Account, person.id)
        services.change_password(session, account, "Neu-Moos-Fenster-73", tenant=town.tenant)
    town.api("GET", "/nodes", token=mine, status=401)
    other.api("GET", "/nodes", token=theirs, status=401)
    town.api("GET", "/nodes", token=service, status=200)


def test_whoever_makes_a_token_is_told_by_mail(town) -> None:
    person = town.login("editor")
    secret = fill(town, "/account/tokens/new", name="K", days="30").html.find(id="secret")["value"]
    (mail,) = [mail for mail in town.mails() if mail.recipient == person.mail]
    assert "Zugangs-Token" in mail.subject
    assert secret not in mail.body


def test_the_towns_rules_hold_for_tokens_that_are_there(town) -> None:
    secret = town.token(town.account("editor"))
    town.api("GET", "/nodes", token=secret, status=200)
    town.configure("security", personal_tokens=False)
    town.api("GET", "/nodes", token=secret, status=401)
    town.configure("security", personal_tokens=True, token_days=7)
    town.api("GET", "/nodes", token=secret, status=200)
    change(town, secret, created_at=utcnow() - timedelta(days=8))
    town.api("GET", "/nodes", token=secret, status=401)
