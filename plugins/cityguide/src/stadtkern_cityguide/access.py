"""Accessibility as A11yJSON names it (github.com/sozialhelden/a11yjson), for other systems."""

from collections.abc import Mapping
from typing import Any

GRADES = {"yes": "fully", "partly": "partially", "no": "not"}
"""Our words (and OpenStreetMap's ``limited``) beside A11yJSON's grades for wheelchairs."""


_FLAGS = (
    ("tactile", "hasTactileGuideStrips"),
    ("braille", "hasBrailleSignage"),
    ("loop", "hasInductionLoop"),
    ("quiet", "isQuiet"),
)


def a11y(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a place's accessibility; what nobody has said is absent, which means unknown."""
    has = set(fields.get("access") or ())
    step_free = str(fields.get("step_free") or "")
    entrance = _entrance(step_free, has)
    parts: dict[str, Any] = {
        "wheelchairAccessibilityGrade": GRADES.get(step_free),
        "entrances": [entrance] if entrance else None,
        "restrooms": [{"signIcons": ["personInWheelchair"]}] if "toilet" in has else None,
        "parking": {"forWheelchairUsers": {}} if "parking" in has else None,
        "animalPolicy": {"allowsAssistanceDogs": True} if "assistance_dogs" in has else None,
        "staff": _staff(fields, has) or None,
    }
    return {name: value for name, value in parts.items() if value is not None} | {
        key: True for name, key in _FLAGS if name in has
    }


def _entrance(step_free: str, has: set[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "ramp" in has:
        found |= {"isLevel": False, "hasFixedRamp": True}
    elif step_free == "yes":
        found["isLevel"] = True
    if "automatic_door" in has:
        found["door"] = {"isAutomatic": True}
    return found


def _staff(fields: Mapping[str, Any], has: set[str]) -> dict[str, Any]:
    signs = {"gsg"} if "sign_language" in has else set()
    languages = sorted(set(fields.get("spoken_languages") or ()) | signs)
    found: dict[str, Any] = {}
    if "assistant" in has:
        found["hasAccessibilityAssistantForEnquiries"] = True
    if languages:
        found["spokenLanguages"] = languages
    return found
