"""The arithmetic of pictures made smaller: boxes around what matters, widths without enlarging."""

from collections.abc import Sequence

Box = tuple[int, int, int, int]
"""(left, top, right, bottom) in pixels, right and bottom exclusive."""
CENTRE = (50.0, 50.0)


def focal_of(fields: dict[str, object] | None) -> tuple[float, float]:
    """Return the focal point in percent of width and height; the centre where none is set."""
    values = []
    for name, centre in zip(("focal_x", "focal_y"), CENTRE, strict=True):
        value = (fields or {}).get(name)
        values.append(
            min(100.0, max(0.0, float(value)))
            if isinstance(value, int | float) and not isinstance(value, bool)
            else centre
        )
    return values[0], values[1]


def crop_box(width: int, height: int, ratio: tuple[int, int], focal: tuple[float, float]) -> Box:
    """Return the largest box of a ratio within a picture, as near to the focal point as it goes.

    ``width``, ``height``: pixels, at least 1. ``ratio``: (width, height), e.g. (16, 10).
    ``focal``: percent from the left and from the top.
    """
    across, down = ratio
    if width * down > height * across:
        box_width, box_height = max(1, round(height * across / down)), height
    else:
        box_width, box_height = width, max(1, round(width * down / across))
    box_width, box_height = min(box_width, width), min(box_height, height)
    left = _place(width, box_width, focal[0])
    top = _place(height, box_height, focal[1])
    return left, top, left + box_width, top + box_height


def _place(whole: int, part: int, percent: float) -> int:
    """Return where a part begins whose middle is at ``percent``, without leaving the whole."""
    return min(max(round(whole * percent / 100 - part / 2), 0), whole - part)


def widths_for(width: int, wanted: Sequence[int]) -> list[int]:
    """Return the widths to make of a picture ``width`` pixels wide, largest first.

    Never wider than the picture; one that is narrower than the smallest is made in its own width,
    and one between two widths in its own as well, unless that is hardly more than the next below.
    """
    found = sorted((one for one in wanted if one <= width), reverse=True)
    if width < max(wanted) and (not found or width > found[0] * 1.15):
        found.insert(0, width)
    return found[: len(wanted)]


def scaled(width: int, height: int, to: int) -> tuple[int, int]:
    """Return the size of a picture made ``to`` pixels wide."""
    return to, max(1, round(height * to / width))
