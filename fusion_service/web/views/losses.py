# SPDX-License-Identifier: Apache-2.0
"""What is missing, lost, or came to nothing, and how messages ended."""

from pydantic import AliasChoices, Field

from fusion_service.ledger.lost import Why
from fusion_service.store.set_apart import Apart
from fusion_service.web.form.instants import MillisecondsOut
from fusion_service.web.views.base import View


class GapView(View):
    """Of the sequences `first` to `last` of a stream `missing` have not come.

    Although a later one has; noticed at `since`.

    Where more than 64 gaps of a stream are open the last ones are told as one, of which not every
    sequence is missing.
    """

    site: str
    device: str
    stream: str
    first: int
    last: int
    missing: int
    since: MillisecondsOut = Field(validation_alias=AliasChoices("since", "since_ms"))


class LostView(View):
    """Of the sequences `first` to `last` of a stream `missing` are lost for good.

    Since `since`, by the centre's clock.

    why: `the store was restored` from a copy that did not have them; `acknowledged before`, as the
    broker showed, by a store that is gone; `gone on by hand`; `withheld by the box`, nothing shows
    that a centre ever had them.
    """

    site: str
    device: str
    stream: str
    first: int
    last: int
    missing: int
    why: Why
    since: MillisecondsOut = Field(validation_alias=AliasChoices("since", "since_ms"))


class DeadLetterView(View):
    """A message that came to nothing; nothing of its content but what was wrong with it."""

    id: int
    authentic: bool
    site: str
    device: str
    channel: str
    reason: str
    detail: str
    sha256: str
    length: int
    times: int
    first_at: MillisecondsOut = Field(validation_alias=AliasChoices("first_at", "first_ms"))
    last_at: MillisecondsOut = Field(validation_alias=AliasChoices("last_at", "last_ms"))


class OutcomeView(View):
    """How many messages of a channel ended so, since the store was made."""

    channel: str
    outcome: str
    total: int


class SetApartView(View):
    """How many committed reports are in no sum for a reason, since the store was made."""

    reason: Apart
    total: int


class OutcomesView(View):
    """Every outcome that has happened.

    Of the accepted reports `late_reports` came late, `repeated_windows` have some of the time of
    one that was there already, and `set_apart` are in no sum.
    """

    outcomes: tuple[OutcomeView, ...]
    late_reports: int
    repeated_windows: int
    set_apart: tuple[SetApartView, ...]
    dead_letters_dropped: int
    dead_letters_replayed: int
