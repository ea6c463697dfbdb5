"""An ``AssessmentRecord`` as the calculation sees it: checked once, never changed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

from stadtkern_finance.law.rounding import from_cents
from stadtkern_finance.records.schema import PREPAYMENT, PROPERTY_KINDS, TRADE


@dataclass(frozen=True, slots=True)
class AssessmentRecord:
    """One Grundlagenbescheid; ``fields`` fit the published schema."""

    fields: Mapping[str, Any]

    @property
    def tax_kind(self) -> str:
        """Return which tax, one of ``schema.TAX_KINDS``."""
        return str(self.fields["tax_kind"])

    @property
    def is_property_tax(self) -> bool:
        """Tell whether it is Grundsteuer."""
        return self.tax_kind in PROPERTY_KINDS

    @property
    def is_trade_tax(self) -> bool:
        """Tell whether it is Gewerbesteuer or a prepayment of it."""
        return self.tax_kind in {TRADE, PREPAYMENT}

    @property
    def messbetrag(self) -> Decimal:
        """Return the base amount in euros; a source that counts cents is exact."""
        return from_cents(int(self.fields["messbetrag_cent"]))

    @property
    def year(self) -> int | None:
        """Return the year that the record names, else that in which it begins to hold."""
        year = self.fields.get("year")
        if year is not None:
            return int(year)
        since = self.fields.get("effective_from")
        return None if since is None else date.fromisoformat(since).year

    def content_hash(self) -> str:
        """Return the SHA-256 of the record in canonical JSON: same facts, same hash."""
        known = {name: value for name, value in self.fields.items() if value is not None}
        text = json.dumps(
            known, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str
        )
        return sha256(text.encode()).hexdigest()
