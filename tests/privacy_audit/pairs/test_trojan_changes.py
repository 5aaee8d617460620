# SPDX-License-Identifier: Apache-2.0
"""What the campaign of trojans changes in a copy can still be changed, by a quick look."""

import pytest

from tests.privacy_audit.copied import ROOT
from tests.privacy_audit.pairs.test_trojans import LAID, OUT

TOLD = {"a trojan in sensor and uplink": LAID} | {
    f"a trojan, and taken out: {name}": (*LAID, *changes) for name, changes in OUT.items()
}


@pytest.mark.parametrize("name", TOLD)
def test_what_a_trojan_changes_stands_in_the_source_once_and_leaves_a_program(name: str) -> None:
    told: dict[str, str] = {}
    for change in TOLD[name]:
        text = told.get(change.file) or (ROOT / change.file).read_text()
        assert change.places(text) == 1, f"{change.file}: {change.before!r}"
        told[change.file] = change.told(text)
    for file, text in told.items():
        compile(text, file, "exec")
