"""The vault: what opens where, what does not, and keys that change while the site serves."""

import base64
import re
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from stadtkern.mail.models import MailMessage
from stadtkern.testing.databases import on_sqlite
from stadtkern.vault import NoMasterKey, NotOurs, blind_index, open_, rotation, seal
from stadtkern.vault.fields import Field
from stadtkern.vault.keyring import Vault, add_key, parse
from stadtkern.vault.models import InstallationKey, VaultKey

CONTEXT = "answer:7"


def sealed(town, text: bytes = b"geheim", context: str = CONTEXT, *, here: bool = True) -> str:
    with town.session() as session:
        tenant = town.tenant_id if here else None
        return seal(session, town.registry, tenant, text, context)


def opened(town, value: str, context: str = CONTEXT, *, here: bool = True) -> bytes:
    with town.session(write=False) as session:
        return open_(session, town.registry, town.tenant_id if here else None, value, context)


@pytest.mark.parametrize("here", [True, False], ids=["municipality", "installation"])
def test_what_is_sealed_opens_in_its_place_only(town, here) -> None:
    other = town.second_tenant()
    sealed(other)
    value = sealed(town, here=here)
    assert re.fullmatch(r"v1\.1\.[A-Za-z0-9_=-]+", value)
    assert opened(town, value, here=here) == b"geheim"
    assert value != sealed(town, here=here)
    with pytest.raises(NotOurs):
        opened(town, value, "answer:8", here=here)
    with pytest.raises(NotOurs):
        opened(town, value, here=not here)
    if here:
        with pytest.raises(NotOurs):
            opened(other, value)
    with pytest.raises(NotOurs), town.session() as session:
        seal(session, town.registry, other.tenant_id, b"x", CONTEXT)


@on_sqlite
def test_any_changed_character_is_noticed(town) -> None:
    value = sealed(town)
    start = value.rindex(".") + 1
    data = base64.urlsafe_b64decode(value[start:])
    for index in range(len(data)):
        changed = bytearray(data)
        changed[index] ^= 1
        with pytest.raises(NotOurs):
            opened(town, value[:start] + base64.urlsafe_b64encode(changed).decode())
    for text in ("", "v1", "v1.1", "v1.x.AAAA", "v2.1." + value[start:], "v1.1.AAAA", "v1.1.ä"):
        with pytest.raises(NotOurs):
            opened(town, text)
    with pytest.raises(NotOurs):
        opened(town, value.replace("v1.1.", "v1.9."))


@on_sqlite
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.text(max_size=20), st.text(max_size=20))
def test_all_bytes_come_back_and_only_in_their_context(town, data, context, other) -> None:
    value = sealed(town, data, context)
    assert opened(town, value, context) == data
    if other != context:
        with pytest.raises(NotOurs):
            opened(town, value, other)


@on_sqlite
def test_blind_indexes_are_equal_for_equal_values_here_only(town) -> None:
    other = town.second_tenant()

    def index(place, value, context="mail", *, write=True) -> str:
        with place.session(write=write) as session:
            return blind_index(session, place.registry, place.tenant_id, value, context)

    assert index(town, "a", write=False) != index(town, "a", write=False)
    mine = index(town, "a")
    assert re.fullmatch("[0-9a-f]{64}", mine)
    assert index(town, "a") == mine == index(town, "a", write=False)
    assert len({mine, index(town, "b"), index(town, "a", "phone"), index(other, "a")}) == 4
    before = sealed(town)
    rotation.rotate(town.registry, town.tenant_id)
    rotation.rewrap(town.registry, town.tenant_id)
    assert index(town, "a") == mine
    assert opened(town, before) == b"geheim"


@on_sqlite
def test_the_database_alone_opens_nothing(town, tmp_path) -> None:
    value = sealed(town)
    with town.session(write=False) as session:
        row = session.scalars(select(VaultKey)).one()
        assert b"geheim" not in base64.b64decode(row.wrapped)
    stranger = tmp_path / "other-key"
    add_key(stranger)
    town.registry["vault"] = Vault({"stadtkern.master_key_file": str(stranger)})
    with pytest.raises(NoMasterKey, match="not the one"):
        opened(town, value)


# The master key


def test_master_keys_are_read_strictly() -> None:
    key = base64.b64encode(bytes(32)).decode()
    assert parse(f"# note\n1 {key}\n\n2 {key} # newer").current == 2
    assert parse(f"1 {key},3 {key}").current == 3
    for text in ("", "1", f"0 {key}", f"x {key}", f"1 {key}\n1 {key}", "1 AAAA", f"1 {key} {key}"):
        with pytest.raises(NoMasterKey) as caught:
            parse(text)
        assert key not in str(caught.value)


def test_a_new_master_key_is_for_the_service_only(tmp_path) -> None:
    path = tmp_path / "keys" / "master"
    assert (add_key(path), add_key(path)) == (1, 2)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert parse(path.read_text("ascii")).current == 2


def test_development_makes_a_key_and_production_does_not(tmp_path, monkeypatch) -> None:
    secret = {"stadtkern.secret_file": str(tmp_path / "secret")}
    with pytest.raises(NoMasterKey, match="stadtkern vault new-key"):
        Vault(secret).ring()
    assert Vault(secret | {"stadtkern.development": "true"}).ring().current == 1
    assert (tmp_path / "master-key").exists()
    missing = {"stadtkern.master_key_file": str(tmp_path / "gone")}
    with pytest.raises(NoMasterKey):
        Vault(missing).ring()
    monkeypatch.setenv("STADTKERN_MASTER_KEY", (tmp_path / "master-key").read_text("ascii"))
    assert Vault(missing).ring().current == 1


@on_sqlite
def test_without_a_master_key_the_site_serves_and_says_so(make_town, tmp_path) -> None:
    town = make_town({"stadtkern.master_key_file": str(tmp_path / "gone")})
    ready = town.get("/health/ready")
    assert ready.json["status"] == "degraded"
    assert ready.json["checks"]["vault"]["detail"] == "no master key"
    with pytest.raises(NoMasterKey):
        sealed(town)


# Rotation; the text of a mail stands in for a sealed column

FIELD = Field(MailMessage.body, lambda row: f"mail:{row.subject}")


@pytest.fixture
def sealed_mails(town):
    """Have a town with seven sealed texts."""
    town.registry["vault_fields"][FIELD.name] = FIELD
    with town.session() as session:
        for number in range(7):
            text = seal(session, town.registry, town.tenant_id, b"%d" % number, f"mail:{number}")
            session.add(MailMessage(recipient="a@b.example", subject=str(number), body=text))
    return town


def texts(town) -> dict[str, tuple[str, bytes]]:
    """Return the version and the opened text of each mail."""
    with town.session(write=False) as session:
        return {
            row.subject: (
                row.body.split(".")[1],
                open_(session, town.registry, town.tenant_id, row.body, f"mail:{row.subject}"),
            )
            for row in session.scalars(select(MailMessage))
        }


ALL = {str(number): b"%d" % number for number in range(7)}


def test_rotation_seals_everything_anew_and_keeps_one_key_back(sealed_mails) -> None:
    town = sealed_mails
    done = rotation.rotate(town.registry, town.tenant_id)
    assert (done.version, done.values, done.dropped) == (2, 7, 0)
    assert texts(town) == {name: ("2", text) for name, text in ALL.items()}
    late = sealed(town)
    done = rotation.rotate(town.registry, town.tenant_id)
    assert (done.version, done.values, done.dropped) == (3, 7, 1)
    assert opened(town, late) == b"geheim"
    with town.session(write=False) as session:
        assert session.scalars(select(VaultKey.version).order_by(VaultKey.version)).all() == [2, 3]
    assert rotation.unreadable(town.registry, town.tenant_id) == []


def test_while_keys_rotate_everything_stays_readable(sealed_mails, monkeypatch) -> None:
    """A reader opens all after every single value, and a run that breaks off is gone on with."""
    town = sealed_mails
    monkeypatch.setattr(rotation, "AT_ONCE", 2)
    batch, seen = rotation._batch, []

    def watched(*arguments: Any) -> int:
        done = batch(*arguments)
        if arguments[2].column.class_ is not MailMessage:
            return done
        found = texts(town)
        assert {name: text for name, (_version, text) in found.items()} == ALL
        seen.append(sum(version == "2" for version, _text in found.values()))
        if seen == [2, 4]:
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(rotation, "_batch", watched)
    with pytest.raises(KeyboardInterrupt):
        rotation.rotate(town.registry, town.tenant_id)
    assert {text for _version, text in texts(town).values()} == set(ALL.values())
    done = rotation.rotate(town.registry, town.tenant_id, finish=True)
    assert (done.version, done.values, seen) == (2, 3, [2, 4, 6, 7, 7])


def test_a_value_that_changes_under_the_rotation_is_not_overwritten(
    sealed_mails, monkeypatch
) -> None:
    town = sealed_mails
    monkeypatch.setattr(rotation, "open_", changed_meanwhile(town))
    rotation.rotate(town.registry, town.tenant_id)
    assert texts(town)["3"] == ("2", b"new")


def changed_meanwhile(town):
    """Have the owner of a value store another one between the rotation's reading and writing."""
    done = []

    def look(session, registry, tenant_id, value, context):
        plain = open_(session, registry, tenant_id, value, context)
        if context == "mail:3" and not done:
            done.append(True)
            new = seal(session, registry, tenant_id, b"new", context)
            # Not through the session's objects, as another transaction would.
            table = MailMessage.__table__
            session.connection().execute(
                table.update().where(table.c.subject == "3").values(body=new)
            )
        return plain

    return look


def test_another_town_is_not_touched(sealed_mails) -> None:
    town = sealed_mails
    other = town.second_tenant()
    value = sealed(other)
    rotation.rotate(town.registry, town.tenant_id)
    assert opened(other, value) == b"geheim"
    with other.session(write=False) as session:
        assert session.scalars(select(VaultKey.version)).all() == [1]


def test_keys_under_a_new_master_key_open_the_same(sealed_mails, stadtkern, settings) -> None:
    town = sealed_mails
    installed = sealed(town, here=False)
    file = settings["stadtkern.master_key_file"]
    assert stadtkern("vault", "new-key", file).exit_code == 0
    result = stadtkern("vault", "rotate", "--master")
    assert (result.exit_code, result.stderr) == (0, "")
    with town.session(write=False) as session:
        masters = set(session.scalars(select(VaultKey.master)))
        masters |= set(session.scalars(select(InstallationKey.master)))
    assert masters == {2}
    # A process that has been running since before reads the new key by itself.
    assert opened(town, installed, here=False) == b"geheim"
    lines = Path(file).read_text("ascii").splitlines()
    Path(file).write_text(lines[1] + "\n", "ascii")
    town.registry["vault"].forget()
    assert {text for _version, text in texts(town).values()} == set(ALL.values())


@on_sqlite
def test_the_commands_rotate_check_and_refuse(sealed_mails, stadtkern, settings) -> None:
    town = sealed_mails
    result = stadtkern("vault", "rotate", "--tenant", town.slug, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert '"version": 2' in result.stdout
    assert stadtkern("vault", "rotate", "--tenant", "nirgends").exit_code == 1
    assert stadtkern("vault", "check").exit_code == 0
    Path(settings["stadtkern.master_key_file"]).unlink()
    refused = stadtkern("vault", "rotate")
    assert refused.exit_code == 1
    assert "stadtkern.master_key_file" in refused.stderr
