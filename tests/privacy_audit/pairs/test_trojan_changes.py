# SPDX-License-Identifier: Apache-2.0
"""What the campaign of trojans changes in a copy can still be changed, by a quick look."""

import pytest

from tests.privacy_audit.copied import told
from tests.privacy_audit.pairs.test_trojans import LAID, OUT

TOLD = {"a trojan in sensor and uplink": LAID} | {
    f"a trojan, and taken out: {name}": (*LAID, *changes) for name, changes in OUT.items()
}


@pytest.mark.parametrize("name", TOLD)
def test_what_a_trojan_changes_stands_in_the_source_once_and_leaves_a_program(name: str) -> None:
    for file, text in told(TOLD[name]).items():
        compile(text, file, "exec")
