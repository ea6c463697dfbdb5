"""All probes: the foundation's and those that stand beside it in ``probes_<subject>.py``.

Such a module has ``PROBES`` as in ``security_probes`` and may have ``OUT_OF_REACH``, ``PUBLIC``
(views that answer everybody) and ``ROLES`` (the lowest of office – whoever may enter it –, author,
editor and administrator that may, or another role → views it may, as ``(name, method)``).
"""

from importlib import import_module
from pathlib import Path
from types import ModuleType

from security_probes import Probe

MODULES: list[ModuleType] = [
    *(import_module(path.stem) for path in sorted(Path(__file__).parent.glob("probes_*.py"))),
]

PROBES: dict[tuple[str, str], list[Probe]] = {}
OUT_OF_REACH: dict[str, str] = {}
PUBLIC: set[str] = set()
ROLES: dict[str, set[tuple[str, str]]] = {}

for module in MODULES:
    for key, found in module.PROBES.items():
        PROBES.setdefault(key, []).extend(found)
    OUT_OF_REACH |= getattr(module, "OUT_OF_REACH", {})
    PUBLIC |= getattr(module, "PUBLIC", set())
    for role, may in getattr(module, "ROLES", {}).items():
        ROLES.setdefault(role, set()).update(may)
