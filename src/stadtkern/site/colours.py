"""The tenant's colour, light and dark, with enough contrast for text (WCAG 2.2, 1.4.3)."""

import colorsys

PAPER = (251, 252, 254)
DARK = (25, 29, 38)
TEXT_CONTRAST = 4.5
Rgb = tuple[int, int, int]


def parse(colour: str) -> Rgb:
    """Return the parts of ``#rrggbb``."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def css(colour: Rgb) -> str:
    """Return ``#rrggbb``."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def luminance(colour: Rgb) -> float:
    """Return the relative luminance (WCAG 2.2, definition)."""
    parts = []
    for part in colour:
        value = part / 255
        parts.append(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)  # noqa: PLR2004
    red, green, blue = parts
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Rgb, other: Rgb) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _with_lightness(colour: Rgb, lightness: float, saturation: float = 1.0) -> Rgb:
    hue, _light, sat = colorsys.rgb_to_hls(*(part / 255 for part in colour))
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, min(1.0, sat * saturation))
    return round(red * 255), round(green * 255), round(blue * 255)


def _reach(colour: Rgb, grounds: tuple[Rgb, ...], *, lighter: bool, ratio: float) -> Rgb:
    """Shift a colour's lightness until it stands out from every ground."""
    _hue, light, _sat = colorsys.rgb_to_hls(*(part / 255 for part in colour))
    step = 0.01 if lighter else -0.01
    while 0 <= light <= 1:
        shifted = _with_lightness(colour, light)
        if all(contrast(shifted, ground) >= ratio for ground in grounds):
            return shifted
        light += step
    return (255, 255, 255) if lighter else (0, 0, 0)


def theme(accent: str) -> str:
    """Return the style sheet with the tenant's colours for light and dark."""
    base = parse(accent)
    soft = _with_lightness(base, 0.955, 0.8)
    soft_dark = _with_lightness(base, 0.19, 0.5)
    main = _reach(base, (PAPER, (244, 246, 250), soft), lighter=False, ratio=TEXT_CONTRAST + 0.3)
    strong = _reach(main, (PAPER, soft), lighter=False, ratio=7)
    main_dark = _reach(
        _with_lightness(base, 0.6, 0.9), (DARK, soft_dark), lighter=True, ratio=TEXT_CONTRAST + 1.5
    )
    strong_dark = _reach(main_dark, (DARK, soft_dark), lighter=True, ratio=8)
    return (
        f":root{{--tenant-accent:{css(main)};--tenant-accent-strong:{css(strong)};"
        f"--tenant-accent-soft:{css(soft)}}}\n"
        "@media(prefers-color-scheme:dark){"
        f":root{{--tenant-accent:{css(main_dark)};--tenant-accent-strong:{css(strong_dark)};"
        f"--tenant-accent-soft:{css(soft_dark)}}}}}\n"
    )
