# SPDX-License-Identifier: Apache-2.0
"""The sentences of the accessibility statement, in the order of the Dutch model."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StatementWords:
    """One language. statuses: by their letter. open: said of what nobody filled in."""

    title: str
    open: str
    draft: str
    whose: str
    strives: str
    covers: str
    status: str
    status_is: str
    statuses: dict[str, str]
    fails_title: str
    fails_said: str
    fails: tuple[str, ...]
    tried_title: str
    tried_said: str
    tried: tuple[str, ...]
    report_is: str
    report: str
    drawn: str
    drawn_on: str
    contact: str
    contact_said: str
    email: str
    phone: str
    procedure: str
    procedure_said: tuple[str, ...]
