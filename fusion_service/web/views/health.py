# SPDX-License-Identifier: Apache-2.0
"""How the centre fares."""

from enum import StrEnum

from pydantic import AliasChoices, Field

from fusion_service.web.form.instants import MillisecondsOut
from fusion_service.web.views.base import View
from fusion_service.web.views.devices import CertificateDaysView


class Condition(StrEnum):
    """Whether the centre does all that it is there for."""

    FINE = "fine"
    DEGRADED = "degraded"


class BrokerView(View):
    """How the centre stands with the broker: connecting, connected or refused; none in an exercise.

    And why, and since when.
    """

    state: str
    detail: str
    since: MillisecondsOut = Field(validation_alias=AliasChoices("since", "since_ms"))


class StoreView(View):
    """Whether the store takes what comes.

    While it fails nothing is acknowledged and the boxes keep their reports.
    """

    condition: Condition
    detail: str


class CertificateView(CertificateDaysView):
    """A certificate on which the link hangs, and whose it is: centre, broker, issuing or root."""

    name: str


class OutletView(View):
    """How a way out of the centre fares: webhook or mail. detail: why it fails; names no host.

    since: since when it fails. waiting: messages that it was not told yet; oldest_at: when the
    oldest of them was said.
    """

    name: str
    condition: Condition
    detail: str = ""
    since: MillisecondsOut | None = None
    waiting: int = 0
    oldest_at: MillisecondsOut | None = None


class HealthView(View):
    """How the centre fares. Degraded is not down: what was committed is served in any case.

    access: that a sealed account was used, else empty. exercise: the scenario that this centre
    plays, null at a centre that is not an exercise. forecast: what the centre lacks to forecast as
    it could, and what it does instead, else empty.
    """

    condition: Condition
    boot: str
    started_at: MillisecondsOut = Field(validation_alias=AliasChoices("started_at", "started_ms"))
    broker: BrokerView
    store: StoreView
    inbox_depth: int
    inbox_max: int
    certificates: tuple[CertificateView, ...] = ()
    outlets: tuple[OutletView, ...] = ()
    access: str = ""
    forecast: str = ""
    exercise: str | None = None
