"""Passwords, tickets, resets, roles."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from stadtkern.accounts import queries, services
from stadtkern.accounts.errors import AccountRefused
from stadtkern.accounts.models import Account, LoginTicket, Membership, PasswordReset
from stadtkern.accounts.passwords import (
    NOBODY,
    PasswordRefused,
    check_password,
    hash_password,
    verify_password,
)
from stadtkern.accounts.services import passwords
from stadtkern.accounts.tickets import ABSOLUTE, IDLE, revoke_all
from stadtkern.db import utcnow
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import PASSWORD

GOOD = "Drehorgel-Ufo-Magnolie-82"


def test_hashes_are_argon2id_of_rfc_9106() -> None:
    stored = hash_password(GOOD)
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert stored != hash_password(GOOD)
    assert GOOD not in stored
    assert verify_password(stored, GOOD)
    assert not verify_password(stored, GOOD + " ")
    assert not verify_password(None, GOOD)
    # As much work as for an account that is there.
    assert NOBODY.rpartition("$")[0].rpartition("$")[0] == "$argon2id$v=19$m=65536,t=3,p=4"
    assert not verify_password("no hash", GOOD)


@pytest.mark.parametrize(
    "password",
    [
        "",
        "kurz",
        "elfZeichen1",
        "x" * 129,
        "passwordpassword",
        "123456789012",
        "qwertzuiopasdf",
        "Musterstadt2026",
        "musterstadt-rathaus"[:12],
        "erika@example.org",
        "Erika Mustermann",
    ],
)
def test_passwords_that_are_guessed_first_are_refused(password) -> None:
    with pytest.raises(PasswordRefused):
        check_password(password, ["erika@example.org", "Erika Mustermann", "Musterstadt"])


def test_long_and_unusual_passwords_are_taken(tmp_path) -> None:
    leaked = tmp_path / "leaked.txt"
    leaked.write_text(f"123456\n{GOOD}\n", "utf-8")
    for password in (GOOD, "ä" * 2 + GOOD, "四つの言葉がならぶ橋と月光", "x7#Kq" * 25):
        check_password(password, [])
    with pytest.raises(PasswordRefused):
        check_password(GOOD, [], str(leaked))


# Tickets: the front page shows staff a way to edit


def logged_in(town) -> bool:
    return "/admin/nodes/" in town.get("/").text


def age(town, **columns) -> None:
    with town.session() as session:
        session.execute(update(LoginTicket).values(**columns))


def test_a_ticket_logs_in_until_it_is_revoked(town) -> None:
    assert not logged_in(town)
    account = town.login("editor")
    assert logged_in(town)
    with town.session() as session:
        assert revoke_all(session, account.id) == 1
    assert not logged_in(town)


def test_a_ticket_ends_when_it_lies_idle_and_in_any_case(town) -> None:
    town.login("editor")
    now = utcnow()
    age(town, seen_at=now - IDLE + timedelta(minutes=1))
    assert logged_in(town)
    age(town, seen_at=now - IDLE - timedelta(minutes=1))
    assert not logged_in(town)
    age(town, seen_at=now, created_at=now - ABSOLUTE + timedelta(minutes=1))
    assert logged_in(town)
    age(town, seen_at=now, created_at=now - ABSOLUTE - timedelta(minutes=1))
    assert not logged_in(town)


def test_use_keeps_a_ticket_alive_without_writing_each_time(town) -> None:
    town.login("editor")
    with town.statements() as statements:
        town.get("/")
    assert [one for one in statements if one.lower().startswith("update")] == []
    age(town, seen_at=utcnow() - timedelta(hours=3))
    town.get("/")
    with town.session(write=False) as session:
        seen = session.scalars(select(LoginTicket.seen_at)).one()
    assert utcnow() - seen < timedelta(minutes=1)


def test_a_ticket_counts_in_its_own_town_only(town) -> None:
    other = town.second_tenant()
    account = town.login("editor")
    other.account("editor", mail=account.mail)
    other.browser.set_cookie(other.ticket_cookie, town.ticket(account))
    assert not logged_in(other)
    other.login("editor", mail=account.mail)
    assert logged_in(other)


def test_who_is_no_member_any_more_or_switched_off_is_out(town) -> None:
    town.account("administrator")
    account = town.login("editor")
    with town.session() as session:
        session.get(Account, account.id).active = False
    assert not logged_in(town)
    with town.session() as session:
        session.get(Account, account.id).active = True
    assert logged_in(town)
    with town.session() as session:
        services.remove_member(session, account.id)
    assert not logged_in(town)
    with town.session(write=False) as session:
        assert session.get(Membership, (town.tenant_id, account.id)) is None
        assert session.get(Account, account.id) is not None


def test_only_hashes_of_tokens_are_stored(town) -> None:
    account = town.account("editor")
    token = town.ticket(account)
    with town.session(write=False) as session:
        stored = session.scalars(select(LoginTicket.token_hash)).one()
    assert stored != token
    town.browser.set_cookie(town.ticket_cookie, stored)
    assert not logged_in(town)


@pytest.mark.parametrize("cookie", ["x", "%00", "a" * 5000, "ä".encode().decode("latin-1")])
@on_sqlite
def test_a_made_up_ticket_is_nobody(town, cookie) -> None:
    answer = town.raw("/", HTTP_COOKIE=f"{town.ticket_cookie}={cookie}")
    assert answer.status_int == 200
    assert "/admin/nodes/" not in answer.text


def test_local_roles_count_on_a_node_and_below(town) -> None:
    top = town.page("Oben", slug="oben")
    below = town.page("Unten", parent=top, slug="unten")
    beside = town.page("Daneben", slug="daneben")
    account = town.login("author")
    assert all("/admin/nodes/" not in town.get(node.path).text for node in (top, below, beside))
    with town.session() as session:
        services.add_local_role(session, account.id, top.id, "editor")
        services.add_local_role(session, account.id, top.id, "editor")
        assert len(queries.local_roles(session, account.id)) == 1
    assert "/admin/nodes/" in town.get(top.path).text
    assert "/admin/nodes/" in town.get(below.path).text
    assert "/admin/nodes/" not in town.get(beside.path).text


# Members


def test_the_last_administrator_stays(town) -> None:
    admin = town.account("administrator")
    with pytest.raises(AccountRefused), town.session() as session:
        services.set_roles(session, town.registry, admin, ["editor"])
    with pytest.raises(AccountRefused), town.session() as session:
        services.remove_member(session, admin.id)
    # One of another town is no help.
    town.second_tenant().account("administrator", mail="andere@people.example")
    with pytest.raises(AccountRefused), town.session() as session:
        services.remove_member(session, admin.id)
    town.account("administrator", mail="zweite@people.example")
    with town.session() as session:
        services.remove_member(session, admin.id)


def test_unknown_roles_are_refused(town) -> None:
    with pytest.raises(AccountRefused), town.session() as session:
        account = services.ensure_account(session, "neu@people.example")
        services.set_roles(session, town.registry, account, ["editor", "kaiser"])
    with town.session(write=False) as session:
        assert queries.account_by_mail(session, "neu@people.example") is None


@on_sqlite
def test_mail_addresses_are_one_whatever_their_case(town) -> None:
    with town.session() as session:
        first = services.ensure_account(session, " Erika@Example.org ")
        assert services.ensure_account(session, "ERIKA@example.ORG").id == first.id
        assert first.mail == "erika@example.org"
        for bad in ("erika", "", "x" * 250 + "@x.example"):
            with pytest.raises(AccountRefused):
                services.ensure_account(session, bad)


def test_a_new_password_ends_all_logins_in_all_towns(town) -> None:
    other = town.second_tenant()
    account = town.login("editor")
    other.login("editor", mail=account.mail)
    with town.session() as session:
        found = session.get(Account, account.id)
        services.change_password(session, found, GOOD, tenant=town.tenant)
    assert not logged_in(town)
    assert not logged_in(other)
    with pytest.raises(PasswordRefused), town.session() as session:
        found = session.get(Account, account.id)
        services.change_password(session, found, "Musterstadt2026", tenant=town.tenant)


# Login and reset through their pages


def log_in(town, mail: str, password: str = PASSWORD, **kw):
    form = next(form for form in town.get("/login").forms.values() if "password" in form.fields)
    form["mail"], form["password"] = mail, password
    return form.submit(**kw)


def test_the_login_form_lets_in_whom_it_should(town) -> None:
    account = town.account("editor")
    answer = log_in(town, account.mail.upper())
    assert answer.status_int in {302, 303}
    assert logged_in(town)
    cookie = next(v for v in answer.headers.getall("Set-Cookie") if town.ticket_cookie in v)
    assert "httponly" in cookie.lower()
    assert "samesite=lax" in cookie.lower()
    town.get("/admin")
    town.logout()
    assert not logged_in(town)
    with town.session(write=False) as session:
        assert session.scalars(select(LoginTicket)).all() == []


def test_the_login_form_tells_nobody_who_exists(town) -> None:
    other = town.second_tenant()
    town.account("editor")
    other.account("editor", mail="fremd@people.example")
    texts = set()
    for mail, password in (
        ("editor@people.example", "falsch"),
        ("gibtsnicht@people.example", PASSWORD),
        ("fremd@people.example", PASSWORD),
    ):
        answer = log_in(town, mail, password, status="*")
        assert answer.status_int in {400, 401, 403, 422}
        assert not logged_in(town)
        main = answer.text[answer.text.index("<main") : answer.text.index("</main>")]
        token = answer.forms[0]["csrf_token"].value if 0 in answer.forms else ""
        texts.add(main.replace(mail, "").replace(token, ""))
    assert len(texts) == 1


def test_guessing_is_slowed_down_even_with_the_right_password(town) -> None:
    account = town.account("editor")
    for number in range(services.FAILURES):
        town.browser.extra_environ["REMOTE_ADDR"] = f"198.51.100.{number + 1}"
        log_in(town, account.mail, "falsch", status="*")
    town.browser.extra_environ["REMOTE_ADDR"] = "198.51.100.99"
    log_in(town, account.mail, status="*")
    assert not logged_in(town)


def start_reset(town, mail: str):
    form = next(f for f in town.get("/account/reset").forms.values() if "mail" in f.fields)
    form["mail"] = mail
    return form.submit()


def finish_reset(town, mail: str, code: str, password: str = GOOD):
    page = town.get("/account/reset/code")
    form = next(f for f in page.forms.values() if "code" in f.fields)
    form["mail"], form["code"], form["password"] = mail, code, password
    return form.submit(status="*")


def code_of(town) -> str:
    body = town.mails()[0].body
    return next(word for word in body.split() if len(word) == 11 and word[5] == "-")


def test_a_forgotten_password_is_set_anew_by_mail(town) -> None:
    account = town.account("editor")
    start_reset(town, account.mail)
    (mail,) = town.mails()
    code = code_of(town)
    assert mail.recipient == account.mail
    assert code not in mail.subject
    with town.session(write=False) as session:
        assert code.replace("-", "") not in session.scalars(select(PasswordReset.code_hash)).one()
    answer = finish_reset(town, account.mail, code.lower().replace("-", " "))
    assert answer.status_int in {302, 303}
    log_in(town, account.mail, GOOD)
    assert logged_in(town)
    town.anonymous()
    # A code counts once.
    finish_reset(town, account.mail, code, "Noch-ein-Wort-Zeppelin-5")
    log_in(town, account.mail, "Noch-ein-Wort-Zeppelin-5", status="*")
    assert not logged_in(town)


def test_nobody_learns_from_a_reset_who_exists(town) -> None:
    account = town.account("editor")
    known, unknown = start_reset(town, account.mail), start_reset(town, "nie@people.example")
    assert (known.status_int, known.location) == (unknown.status_int, unknown.location)
    assert len(town.mails()) == 1


def test_five_wrong_codes_end_the_right_one(town) -> None:
    account = town.account("editor")
    start_reset(town, account.mail)
    code = code_of(town)
    for _try in range(passwords.CODE_TRIES):
        finish_reset(town, account.mail, "AAAAA-AAAAA")
    finish_reset(town, account.mail, code)
    with town.session(write=False) as session:
        assert session.get(Account, account.id).password_hash == account.password_hash


def test_a_code_ends_after_half_an_hour_and_outlives_a_weak_password(town) -> None:
    account = town.account("editor")
    start_reset(town, account.mail)
    code = code_of(town)
    weak = finish_reset(town, account.mail, code, "Musterstadt2026")
    assert weak.status_int == 422
    with town.session() as session:
        aged = utcnow() - passwords.CODE_LIFE - timedelta(minutes=1)
        session.execute(update(PasswordReset).values(created_at=aged))
    finish_reset(town, account.mail, code)
    with town.session(write=False) as session:
        assert session.get(Account, account.id).password_hash == account.password_hash


# Command line


def test_the_first_login_comes_from_the_command_line(stadtkern, town, settings) -> None:
    arguments = ("accounts", "add", "Chef@Example.org", "--tenant", town.slug, "--role")
    weak = stadtkern(*arguments, "administrator", "--password-stdin", stdin="musterstadt2026\n")
    assert weak.exit_code == 1
    assert "easy to guess" in weak.stderr
    unknown = stadtkern(*arguments, "kaiser")
    assert unknown.exit_code == 1
    assert "kaiser" in unknown.stderr
    assert stadtkern("accounts", "list", "--tenant", town.slug, "--json").stdout == "[]\n"
    done = stadtkern(*arguments, "administrator", "--password-stdin", stdin=f"{GOOD}\n")
    assert (done.exit_code, done.stderr) == (0, "")
    assert GOOD not in done.stdout
    log_in(town, "chef@example.org", GOOD)
    assert logged_in(town)
    elsewhere = stadtkern("accounts", "add", "a@b.example", "--tenant", "nix", "--role", "editor")
    assert elsewhere.exit_code == 1
    missing = stadtkern("accounts", "add", "a@b.example", "--tenant", town.slug)
    assert missing.exit_code == 2
