"""Short lists of small mappings."""

from typing import Any

import colander
import deform.widget as w


class RowsWidget(w.SequenceWidget):
    """Rows of small mappings with empty ones to spare; works without JavaScript."""

    template = "rows"
    item_template = "row"
    spare = 2

    def serialize(self, field: Any, cstruct: Any, **kw: Any) -> Any:
        """Render the filled rows and ``spare`` empty ones."""
        values = [] if cstruct in (colander.null, None) else list(cstruct)
        spare = max(0, min(self.spare, (self.max_len or 99) - len(values)))
        typed = getattr(field, "sequence_fields", None)
        if typed:
            # What came back with errors has fields already; the empty rows need some, too.
            empty = [field.children[0].clone() for _row in range(spare)]
            field.sequence_fields = [*typed[: len(values)], *empty]
        return super().serialize(field, values + [colander.null] * spare, **kw)

    def deserialize(self, field: Any, pstruct: Any) -> Any:
        """Drop rows in which nothing was typed."""
        if isinstance(pstruct, list):
            # One more than allowed is enough to be refused.
            pstruct = [
                row
                for row in pstruct[: (self.max_len or 99) + self.spare + 1]
                if not isinstance(row, dict)
                or any(isinstance(value, str) and value.strip() for value in row.values())
            ]
        return super().deserialize(field, pstruct)


def rows(
    title: str,
    schema: colander.SchemaNode,
    *,
    maximum: int = 8,
    spare: int = RowsWidget.spare,
    **kw: Any,
) -> Any:
    """Return a short list of small mappings; ``spare`` empty ones are there to be filled."""
    kw.setdefault("validator", colander.Length(max=maximum))
    return colander.SchemaNode(
        colander.Sequence(),
        schema,
        title=title,
        missing=[],
        default=[],
        widget=RowsWidget(max_len=maximum, item_template="mapping_item_group", spare=spare),
        **kw,
    )
