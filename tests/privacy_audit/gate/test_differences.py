# SPDX-License-Identifier: Apache-2.0
"""What was released, held against what was said."""

from pathlib import Path

from privacy_audit.gate import differences
from privacy_audit.oracles.records import IMAGE_QUALITY, LINE, ZONE
from tests.privacy_audit.bare_box import bare_box


def test_something_else_than_was_said_falls_however_late_it_is(tmp_path: Path) -> None:
    config = bare_box(tmp_path).config
    said = {0: {(IMAGE_QUALITY, 0): (0, 3, 2, 1), (LINE, 0): (3, 4, 0, 0), (ZONE, 0): (5, 6, 3, 2)}}
    quality = {"code": 31, "observed": 0, "rate": 0, "difficulty": 0}
    report = {"image_quality": quality, "lines": [{"id": "line", "in": 3, "out": 4}], "zones": []}
    wrong = {**report, "lines": [{"id": "line", "in": 3, "out": 5}]}
    for found, wanted in ((report, (0, 1)), (wrong, (1, 0))):
        seen = differences.differences(
            config, said, {0: [found]}, first=0, length_s=1, in_time=False
        )
        assert (len(seen.wrong), len(seen.late)) == wanted
    in_time = differences.differences(
        config, said, {0: [report]}, first=0, length_s=1, in_time=True
    )
    assert (len(in_time.wrong), in_time.late) == (1, ())
