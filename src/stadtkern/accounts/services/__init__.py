"""Writes of the accounts room: people, memberships, login, passwords."""

from stadtkern.accounts.services.login import FAILURES, log_in, prove_again, second_step, tell
from stadtkern.accounts.services.members import (
    LAST_ADMINISTRATOR,
    add_local_role,
    add_member,
    describe,
    ensure_account,
    forget_account,
    is_last_administrator,
    remove_local_role,
    remove_member,
    set_roles,
    works_elsewhere,
)
from stadtkern.accounts.services.passwords import (
    change_password,
    finish_reset,
    reset_factor,
    reset_factor_by_command,
    start_reset,
)

__all__ = [
    "FAILURES",
    "LAST_ADMINISTRATOR",
    "add_local_role",
    "add_member",
    "change_password",
    "describe",
    "ensure_account",
    "finish_reset",
    "forget_account",
    "is_last_administrator",
    "log_in",
    "prove_again",
    "remove_local_role",
    "remove_member",
    "reset_factor",
    "reset_factor_by_command",
    "second_step",
    "set_roles",
    "start_reset",
    "tell",
    "works_elsewhere",
]
