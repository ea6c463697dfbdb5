"""What all fields share."""

from typing import Any

import colander

from stadtkern.web.i18n import _

REQUIRED = _("Please fill in this field.")


def field(typ: Any, title: str, *, required: bool, missing: Any = None, **kw: Any) -> Any:
    """Return a node; one that need not be filled in has ``missing`` as its value."""
    if not required:
        kw["missing"] = missing
        kw.setdefault("default", colander.null if missing is None else missing)
    # Binding leaves no trace of it; whoever reads what is stored must know.
    kw.setdefault("computed", isinstance(kw.get("default"), colander.deferred))
    return colander.SchemaNode(typ, title=title, missing_msg=REQUIRED, **kw)
