# SPDX-License-Identifier: Apache-2.0
"""Read a message in whichever version it came.

`v` is part of what is signed, and each version is read by its own strict rules: it chooses the
reader, and is believed no further. What is signed begins with `people-count/KIND/v1` in every
version. That prefix names the envelope and keeps one kind from passing for another; a version-1
centre, which asks for the same prefix, so calls a newer report authentic, keeps it and acknowledges
it.
"""

from wire_contract.codec import decode, version_of
from wire_contract.messages.meta import Meta
from wire_contract.messages.purged import Purged
from wire_contract.messages.report import VERSION, Report
from wire_contract.messages.version_1 import VERSION as VERSION_1
from wire_contract.messages.version_1 import MetaV1, ReportV1

_PURGED = b'"kind":"purged"'


def answered_in(payload: bytes) -> int:
    """Return the version in which a message is answered.

    It is its own, or the newest that this release writes.
    """
    return VERSION_1 if version_of(payload) == VERSION_1 else VERSION


def read_report(payload: bytes) -> Report | Purged:
    """Read what a box puts on its report topic.

    A window's report of any version, or that it purged a part of its ledger.

    Raises DecodeError.
    """
    if version_of(payload) == VERSION_1:
        return decode(ReportV1, payload).current()
    return decode(Purged, payload) if _PURGED in payload else decode(Report, payload)


def read_meta(payload: bytes) -> Meta:
    """Read a box's meta message of any version. Raises DecodeError."""
    return (
        decode(MetaV1, payload).current()
        if version_of(payload) == VERSION_1
        else decode(Meta, payload)
    )
