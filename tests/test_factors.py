"""The second factor as its owner, a guesser and an administrator meet it."""

import re
import time
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select, update

from stadtkern.accounts import factors
from stadtkern.accounts.devices import device
from stadtkern.accounts.models import Account, AccountFactor, LoginTicket, RecoveryCode
from stadtkern.accounts.tickets import digest
from stadtkern.audit.models import AuditEntry
from stadtkern.db import utcnow, work
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import PASSWORD
from stadtkern.vault import rotation

# RFC 6238, appendix B, SHA-1; the last six of its eight digits.
RFC = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}


def enrol(town, account) -> tuple[str, list[str]]:
    """Set a factor up without pages; return secret and recovery codes."""
    with town.session() as session:
        row = session.get(Account, account.id)
        factors.begin(session, town.registry, row)
        factor = factors.factor_of(session, row.id, confirmed=False)
        secret = factors.secret_of(session, town.registry, factor)
        codes = factors.confirm(session, town.registry, row, pyotp.TOTP(secret).now())
        # As if it were some minutes later: the code of this minute may be used once more.
        session.execute(update(AccountFactor).values(last_step=0))
    assert codes is not None
    return secret, codes


def submit(town, address, press=None, **values):
    """Fill the form of a page and send it as a browser would; ``press``: a button's name, value."""
    wanted = {*values, *(press or ())[:1]}
    form = next(form for form in town.get(address).forms.values() if wanted <= set(form.fields))
    for name, value in values.items():
        form[name] = value
    name, value = press or (None, None)
    return form.submit(name, value=value, status="*")


def password_step(town, mail="editor@people.example", path="/login"):
    return submit(town, path, mail=mail, password=PASSWORD)


def deeds(town) -> list[str]:
    with town.session(write=False) as session:
        return list(session.scalars(select(AuditEntry.deed).order_by(AuditEntry.id)))


@on_sqlite
def test_codes_are_those_of_the_rfc_and_each_works_once(town) -> None:
    account = town.account("editor")
    enrol(town, account)
    secret = b"12345678901234567890"
    from stadtkern.vault import seal

    with town.session() as session:
        factor = session.get(AccountFactor, account.id)
        factor.secret = seal(session, town.registry, None, secret, f"factor:{account.id}")
    for moment, code in RFC.items():
        with town.session() as session:
            factor = session.get(AccountFactor, account.id)

            def take(text, at, factor=factor, session=session) -> bool:
                return factors.take_code(session, town.registry, factor, text, now=at)

            assert not take("000000", moment)
            assert not take(code, moment + 90)
            assert take(code[:3] + " " + code[3:], moment + 29)
            assert not take(code, moment)
            # Neither is an older one taken after a later one.
            earlier = pyotp.TOTP(factors.secret_of(session, town.registry, factor))
            assert not take(earlier.generate_otp(moment // 30 - 1), moment)


def test_from_setting_up_to_the_next_login(town) -> None:
    account = town.login("editor")
    other = town.ticket(account)
    page = submit(town, "/account/factor", ("do", "start")).follow()
    key = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)[1].replace(" ", "")
    assert len(key) == 32
    assert "<svg" in page.text
    assert "style=" not in page.text
    wrong = submit(town, "/account/factor", ("do", "confirm"), code="000000")
    assert wrong.status_int == 422
    used = pyotp.TOTP(key).now()
    codes = submit(town, "/account/factor", ("do", "confirm"), code=used)
    shown = re.findall(r"<code>((?:[A-Z2-9]{4}-){3}[A-Z2-9]{4})</code>", codes.text)
    assert len(set(shown)) == 10
    assert shown[0] not in town.get("/account/factor").text
    assert key not in town.get("/account/factor").text
    with town.session(write=False) as session:
        assert session.get(LoginTicket, digest(other)) is None
        stored = [session.get(AccountFactor, account.id).secret]
        stored += session.scalars(select(RecoveryCode.code_hash)).all()
    assert not any(code.replace("-", "") in text for text in stored for code in shown)
    assert town.mails()[0].recipient == account.mail

    town.anonymous()
    half = password_step(town, path="/login?next=/admin/content")
    assert "/login/code?next=" in half.location
    # Half a login opens nothing.
    for path in ("/admin", "/account", "/account/factor", "/account/logins"):
        assert "/login?next=" in town.get(path, status=302).location
    replayed = submit(town, half.location, code=used)
    assert replayed.status_int == 422
    later = pyotp.TOTP(key).at(time.time() + 30)
    done = submit(town, half.location, code=later)
    assert done.location.endswith("/admin/content")
    assert town.get("/admin").status_int == 200
    assert [deed for deed in deeds(town) if deed.startswith(("login", "factor"))] == [
        *("factor.begin", "factor.on", "factor.codes", "login.password", "login.failed", "login.in")
    ]


@on_sqlite
def test_a_recovery_code_works_once_and_its_owner_is_told(town) -> None:
    account = town.account("editor")
    _secret, codes = enrol(town, account)
    password_step(town)
    done = submit(town, "/login/code", code=codes[0].lower())
    assert done.status_int == 302
    assert ": 9" in town.get("/admin").text
    assert town.mails()[0].recipient == account.mail
    town.anonymous()
    password_step(town)
    assert submit(town, "/login/code", code=codes[0]).status_int == 422
    with town.session(write=False) as session:
        assert factors.codes_left(session, account.id) == 9


@on_sqlite
def test_guessing_codes_ends_the_login_and_then_closes_the_second_step(town) -> None:
    account = town.account("editor")
    secret, codes = enrol(town, account)
    for _round in range(2):
        password_step(town)
        for _guess in range(5):
            assert submit(town, "/login/code", code="000000").status_int == 422
        assert "/login" in town.get("/login/code", status=302).location
    password_step(town)
    assert submit(town, "/login/code", code=pyotp.TOTP(secret).now()).status_int == 422
    assert submit(town, "/login/code", code=codes[3]).status_int == 422
    assert account.mail


@on_sqlite
def test_half_a_login_ends_after_ten_minutes(town) -> None:
    account = town.account("editor")
    secret, _codes = enrol(town, account)
    password_step(town)
    with town.session() as session:
        earlier = utcnow() - timedelta(minutes=11)
        session.execute(update(LoginTicket).values(created_at=earlier))
    assert "/login" in town.get("/login/code", status=302).location
    answer = town.post("/login/code", {"code": pyotp.TOTP(secret).now()}, status=302)
    assert "/login" in answer.location
    assert "/login?next=" in town.get("/admin", status=302).location


@on_sqlite
def test_a_role_may_ask_for_a_factor_and_nothing_else_works_before(town) -> None:
    town.login("administrator")
    chosen = [("__start__", "factor_roles:sequence"), ("checkbox", "editor")]
    town.post("/admin/people/security", [*chosen, ("__end__", "factor_roles:sequence")])
    assert "checked" in town.get("/admin/people/security").text
    town.get("/admin")
    town.login("editor")
    draft = town.page("Entwurf", published=False)
    for path in ("/admin", "/account", "/admin/content", f"/admin/nodes/{draft.id}/edit"):
        assert town.get(path, status=302).location.endswith("/account/factor"), path
    town.get("/entwurf", status=404)
    town.post(f"/admin/nodes/{draft.id}/step", {"step": "publish"}, status=403)
    page = submit(town, "/account/factor", ("do", "start")).follow()
    key = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)[1].replace(" ", "")
    submit(town, "/account/factor", ("do", "confirm"), code=pyotp.TOTP(key).now())
    town.get("/admin", status=200)
    town.post("/account/factor", {"do": "off"})
    with town.session(write=False) as session:
        assert session.scalars(select(AccountFactor.confirmed_at)).one() is not None
    # The general page of settings does not get around the proof.
    town.login("administrator")
    town.get("/admin/settings/security", status=404)


@on_sqlite
def test_a_proof_that_is_too_old_is_asked_for_again_and_nothing_typed_is_lost(town) -> None:
    member = town.account("author", mail="a@people.example")
    admin = town.login("administrator")

    def grow_old() -> None:
        with town.session() as session:
            session.execute(update(LoginTicket).values(proved_at=utcnow() - timedelta(minutes=11)))

    grow_old()
    person = f"/admin/people/{member.id}"
    town.get(person, status=200)
    asked = submit(town, person, path="/", role="editor")
    assert asked.status_int == 403
    with town.session(write=False) as session:
        from stadtkern.accounts.queries import local_roles

        assert local_roles(session, member.id) == []
    form = next(form for form in asked.forms.values() if "fresh_password" in form.fields)
    form["fresh_password"] = "Das-ist-falsch-12"
    again = form.submit(status=403)
    form = next(form for form in again.forms.values() if "fresh_password" in form.fields)
    form["fresh_password"] = PASSWORD
    assert form.submit().status_int == 302
    with town.session(write=False) as session:
        assert [row.role for row in local_roles(session, member.id)] == ["editor"]
    # A page is asked for the same, and opens where one was.
    grow_old()
    asked = town.get("/account/factor", status=302)
    assert "/account/prove?next=%2Faccount%2Ffactor" in asked.location
    done = submit(town, asked.location, fresh_password=PASSWORD)
    assert done.location.endswith("/account/factor")
    town.get("/account/factor", status=200)
    # With a second factor the password alone is no proof.
    _secret, codes = enrol(town, admin)
    with town.session() as session:
        session.execute(update(LoginTicket).values(steps=["password", "totp"]))
    grow_old()
    page = town.get("/account/prove")
    form = next(form for form in page.forms.values() if "fresh_password" in form.fields)
    form["fresh_password"], form["fresh_code"] = PASSWORD, "000000"
    assert form.submit(status=422).status_int == 422
    form["fresh_password"], form["fresh_code"] = PASSWORD, codes[0]
    assert form.submit().status_int == 302


@on_sqlite
def test_my_logins_are_listed_by_family_and_can_be_ended(town) -> None:
    account = town.login("editor")
    for name in ("Firefox, Linux", "Safari, iOS"):
        town.ticket(account, device=name)
    stranger = town.ticket(town.account("author"), device="Edge, Windows")
    page = town.get("/account/logins")
    assert "Firefox, Linux" in page.text
    assert "Edge, Windows" not in page.text
    end = next(form for form in page.forms.values() if "login" in form.fields)
    end.submit("login")
    town.post("/account/logins", {"all": "1"})
    town.get("/admin", status=200)
    with town.session(write=False) as session:
        left = session.scalars(select(LoginTicket.account_id)).all()
    assert left.count(account.id) == 1
    assert len(left) == 2
    assert stranger
    assert "login.end" in deeds(town)


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0",
            "Firefox, Linux",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) Gecko Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge, Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile Safari/604.1",
            "Safari, iOS",
        ),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        ("curl/8.0", ""),
        (None, ""),
    ],
)
def test_devices_are_families_only(agent, expected) -> None:
    assert device(agent) == expected


def test_an_administrator_resets_only_who_works_here_alone(town, stadtkern) -> None:
    other = town.second_tenant()
    here = town.account("editor", mail="hier@people.example")
    both = town.account("editor", mail="beide@people.example")
    other.account("editor", mail="beide@people.example")
    for account in (here, both):
        enrol(town, account)
    admin = town.login("administrator")
    for account in (here, both):
        town.post(f"/admin/people/{account.id}/factor")
    with town.session(write=False) as session:
        assert factors.factor_of(session, here.id) is None
        assert factors.factor_of(session, both.id) is not None
        assert session.scalars(select(RecoveryCode.account_id).distinct()).all() == [both.id]
    assert town.mails()[0].recipient == here.mail
    assert stadtkern("accounts", "reset-factor", "niemand@people.example").exit_code == 1
    assert stadtkern("accounts", "reset-factor", both.mail).exit_code == 0
    assert stadtkern("accounts", "reset-factor", both.mail).exit_code == 1
    for place in (town, other):
        assert "factor.reset" in deeds(place)
    assert admin.id


@on_sqlite
def test_secrets_survive_new_keys(town) -> None:
    account = town.account("editor")
    secret, codes = enrol(town, account)
    done = rotation.rotate(town.registry, None)
    assert done.values == 1
    assert rotation.unreadable(town.registry, None) == []
    password_step(town)
    assert submit(town, "/login/code", code=pyotp.TOTP(secret).now()).status_int == 302
    town.anonymous()
    password_step(town)
    assert submit(town, "/login/code", code=codes[0]).status_int == 302
    with work(town.database, write=False) as session:
        assert session.scalars(select(AccountFactor.secret)).one().startswith("v1.2.")


# Histories


@on_sqlite
def test_histories_name_people_and_deeds(town) -> None:
    node = town.page("Badeordnung", published=False)
    editor = town.login("editor")
    with town.session() as session:
        session.get(Account, editor.id).name = "Erika Echo"
    town.post(f"/admin/nodes/{node.id}/step", {"step": "publish", "version": str(node.version)})
    german = {"Accept-Language": "de"}
    page = town.get(f"/admin/nodes/{node.id}/history", headers=german)
    assert "Erika Echo" in page.text
    assert "veröffentlicht" in page.text
    assert (
        "published"
        in town.get(f"/admin/nodes/{node.id}/history", headers={"Accept-Language": "en"}).text
    )
    town.get("/admin/audit", status=403)
    town.login("administrator")
    person = town.get(f"/admin/people/{editor.id}/history", headers=german)
    assert "Badeordnung" in person.text
    everything = town.get(f"/admin/audit?who={editor.id}&kind=node", headers=german)
    assert everything.text.count("Badeordnung") == 1
    none = town.get(f"/admin/audit?who={editor.id}&since=2099-01-01&until=x", headers=german)
    assert "Badeordnung" not in none.text
    town.get("/admin/audit?page=99", status=404)
