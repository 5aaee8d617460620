# SPDX-License-Identifier: Apache-2.0
"""What fusion.toml says of what anybody may read: nothing at first, and no frame but over TLS."""

from pathlib import Path

import pytest

from fusion_service.config import load
from fusion_service.errors import ConfigError
from fusion_service.public_config import AccessibilityConfig, PublicConfig

STORE = '[store]\npath = "fusion.sqlite"\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "fusion.toml"
    path.write_text(STORE + text, "utf-8")
    return path


def test_nothing_is_told_and_nobody_may_frame_it_unless_somebody_says_so(tmp_path: Path) -> None:
    config = load(written(tmp_path, ""))
    assert config.public == PublicConfig()
    assert (config.public.enabled, config.public.forecast, config.public.embed) == (
        False,
        False,
        (),
    )
    assert set(AccessibilityConfig().model_dump().values()) == {None}


def test_what_is_said_is_read(tmp_path: Path) -> None:
    config = load(
        written(
            tmp_path,
            '[public]\nembed = ["https://city.nl", "https://www.city.nl:8443"]\n'
            '[accessibility]\nstatus = "C"\ndrawn_up_on = "2026-11-30"\nphone = "14 070"\n',
        )
    )
    assert config.public.embed == ("https://city.nl", "https://www.city.nl:8443")
    assert (config.accessibility.status, config.accessibility.phone) == ("C", "14 070")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('[public]\nembed = ["http://city.nl"]', "https://"),  # a frame of anybody on the way
        ('[public]\nembed = ["*"]', "https://"),
        ('[public]\nembed = ["https://city.nl; script-src *"]', "https://"),
        ('[public]\nembed = ["https://city.nl/page"]', "https://"),  # an origin has no path
        ('[public]\ndossier_url = "javascript:alert(1)"', "an address with https://"),
        ('[public]\nregister_url = "http://city.nl"', "an address with https://"),
        ('[accessibility]\nstatus = "A+"', "A to E"),
        ('[accessibility]\nemail = "nobody"', "an e-mail address"),
        ("[accessibility]\ndrawn_up_on = 2026-11-30", "in quotes"),
    ],
)
def test_what_cannot_be_is_refused_by_name(tmp_path: Path, text: str, wanted: str) -> None:
    with pytest.raises(ConfigError, match=wanted):
        load(written(tmp_path, text))
