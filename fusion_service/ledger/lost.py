# SPDX-License-Identifier: Apache-2.0
"""Why entries of a stream count as lost for good."""

from enum import StrEnum


class Why(StrEnum):
    """Why entries are counted as lost."""

    RESTORED = "the store was restored"
    ACKNOWLEDGED = "acknowledged before"
    """The broker kept an acknowledgement that goes beyond what this store holds."""
    BY_HAND = "gone on by hand"
    WITHHELD = "withheld by the box"
    """Nothing shows that a centre ever had them. Honest boxes purge what was acknowledged."""
