"""All SQL of the towns room.

It works on tables as they are, past the mapped classes: a row that travels is no deed of its own,
so nothing is audited row by row. Every statement names the tenant; row-level security stands below.
"""

from stadtkern.towns.queries.coming import (
    advance,
    drop_accounts,
    drop_town,
    end,
    forget_numbers,
    given,
    kinds_of,
    members,
    note_account,
    running,
    running_as,
    set_town,
)
from stadtkern.towns.queries.leaving import count, numbers, rows
from stadtkern.towns.queries.office import (
    arrival_of,
    arrivals,
    arrivals_before,
    arriving_as,
    awaited,
    page_files,
    page_files_before,
    page_files_needed,
)
from stadtkern.towns.queries.storing import (
    accounts_by_mail,
    insert_numbered,
    insert_rows,
    update_numbered,
)

__all__ = [
    "accounts_by_mail",
    "advance",
    "arrival_of",
    "arrivals",
    "arrivals_before",
    "arriving_as",
    "awaited",
    "count",
    "drop_accounts",
    "drop_town",
    "end",
    "forget_numbers",
    "given",
    "insert_numbered",
    "insert_rows",
    "kinds_of",
    "members",
    "note_account",
    "numbers",
    "page_files",
    "page_files_before",
    "page_files_needed",
    "rows",
    "running",
    "running_as",
    "set_town",
    "update_numbered",
]
