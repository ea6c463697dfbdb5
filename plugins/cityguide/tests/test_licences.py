"""Licences as files name them, and what people read."""

import pytest

from stadtkern_cityguide.licences import licence_of

EUPL = "https://joinup.ec.europa.eu/collection/eupl/eupl-text-eupl-12"
OPEN_SOURCE = "https://opensource.org"


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("MIT", "MIT", f"{OPEN_SOURCE}/license/mit"),
        ("eupl-1.2", "EUPL 1.2", EUPL),
        (EUPL, "EUPL 1.2", EUPL),
        (f"{OPEN_SOURCE}/licenses/MIT", "MIT", f"{OPEN_SOURCE}/licenses/MIT"),
        ("https://spdx.org/licenses/MIT.html", "MIT", "https://spdx.org/licenses/MIT.html"),
        (
            "http://creativecommons.org/licenses/by-sa/3.0/de/",
            "CC BY-SA 3.0",
            "http://creativecommons.org/licenses/by-sa/3.0/de/",
        ),
        (
            "https://creativecommons.org/publicdomain/zero/1.0/deed.de",
            "CC0 1.0",
            "https://creativecommons.org/publicdomain/zero/1.0/deed.de",
        ),
        ("https://licence.example/x", "https://licence.example/x", "https://licence.example/x"),
        ("Own terms", "Own terms", None),
    ],
)
def test_a_known_licence_has_a_short_name(text: str, name: str, address: str | None) -> None:
    assert licence_of(text) == (name, address)


def test_no_licence_is_none() -> None:
    assert licence_of("") is None
    assert licence_of(None) is None
