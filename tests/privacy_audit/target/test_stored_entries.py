# SPDX-License-Identifier: Apache-2.0
"""The entries of a ledger, read from its file."""

from pathlib import Path

import pytest

from privacy_audit.target.stored_entries import read_entries


def test_a_ledger_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"ledger\.db"):
        read_entries(tmp_path)
