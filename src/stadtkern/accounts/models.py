"""Accounts (global), memberships and local roles (a tenant's), tickets, failures, resets."""

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import Base, TenantScoped, utcnow


class Account(Base):
    """A person who logs in; one for the whole installation."""

    __tablename__ = "account"
    __audited__ = True
    # A hash over a name and an address could be guessed from a list of people.
    __audit_content__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    mail: Mapped[str] = mapped_column(String(254), unique=True, doc="lower case")
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str | None] = mapped_column(String(200), doc="argon2id; None: not set")
    locale: Mapped[str | None] = mapped_column(String(12))
    active: Mapped[bool] = mapped_column(default=True)
    operator: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class Membership(TenantScoped, Base):
    """That an account works for a municipality, and as what."""

    __tablename__ = "membership"

    tenant_id: Mapped[int] = mapped_column(
        ForeignKey("tenant.id", ondelete="CASCADE"), primary_key=True
    )
    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    roles: Mapped[list[str]] = mapped_column(default=list)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class LocalRole(TenantScoped, Base):
    """A role that counts on one node and all below it."""

    __tablename__ = "local_role"
    __audit_subject__ = "account_id"
    __table_args__ = (
        UniqueConstraint("tenant_id", "account_id", "node_id", "role"),
        ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["membership.tenant_id", "membership.account_id"],
            ondelete="CASCADE",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int]
    # By name only: content is a higher floor.
    node_id: Mapped[int] = mapped_column(ForeignKey("node.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(String(60))


class LoginTicket(Base):
    """A login on one device. The cookie holds a random token; here stands its sha256."""

    __tablename__ = "login_ticket"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    seen_at: Mapped[datetime] = mapped_column(default=utcnow)
    steps: Mapped[list[str]] = mapped_column(
        default=list, doc="login steps passed: password, then totp or recovery"
    )
    proved_at: Mapped[datetime] = mapped_column(
        default=utcnow, doc="when the person last proved who they are"
    )
    device: Mapped[str] = mapped_column(
        String(60), default="", doc="families of browser and system only"
    )
    tries: Mapped[int] = mapped_column(default=0, doc="wrong codes at the second step")


class LoginFailure(Base):
    """A failed attempt, by hash of the mail address; counted to slow down guessing."""

    __tablename__ = "login_failure"
    __table_args__ = (Index("ix_login_failure_mail_at", "mail_hash", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    mail_hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(default=utcnow)


class PasswordReset(Base):
    """A code that was mailed; its hash, its age and how often it was tried."""

    __tablename__ = "password_reset"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    code_hash: Mapped[str] = mapped_column(String(64))
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class AccountFactor(Base):
    """A second factor: the secret of an authenticator app (RFC 6238), sealed by the vault."""

    __tablename__ = "account_factor"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    secret: Mapped[str] = mapped_column(String(200))
    confirmed_at: Mapped[datetime | None] = mapped_column(doc="None: being set up, counts nothing")
    last_step: Mapped[int] = mapped_column(
        default=0, doc="time step of the last code that was taken; none is taken twice"
    )
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class RecoveryCode(Base):
    """A code for the day when the phone is gone; a keyed hash, deleted when it is used."""

    __tablename__ = "account_recovery"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    code_hash: Mapped[str] = mapped_column(String(64))


class ApiToken(TenantScoped, Base):
    """A program's way in: acts for its owner, or as a service with roles of its own.

    The program holds a random secret; here stands its sha256.
    """

    __tablename__ = "api_token"
    __audit_content__ = False  # the hash of a hash tells nobody anything

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    hint: Mapped[str] = mapped_column(String(24), doc="first characters, to recognise it by")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int | None] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), index=True, doc="None: a service's"
    )
    roles: Mapped[list[str]] = mapped_column(default=list, doc="of a service")
    # By name only: content is a higher floor.
    node_id: Mapped[int | None] = mapped_column(
        ForeignKey("node.id", ondelete="CASCADE"),
        index=True,
        doc="the page at and below which a service's roles count; None: everywhere",
    )
    scopes: Mapped[list[str]] = mapped_column(default=list)
    created_by: Mapped[int | None] = mapped_column(
        ForeignKey("account.id", ondelete="SET NULL"),
        doc="who made it or took it over; None: nobody answers for it, so a service's is stopped",
    )
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
