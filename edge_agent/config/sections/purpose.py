# SPDX-License-Identifier: Apache-2.0
"""Why there is a camera, and how strictly the kernel must hold the processes."""

from datetime import date
from ipaddress import ip_address
from typing import Annotated, Self

from pydantic import Field, model_validator

from edge_agent.config.sections.fields import Section, Text
from wire_contract.messages.report import Level


class Purpose(Section):
    """Why there is a camera. A box needs it before it may open a live camera at a real site."""

    controller: Text
    purpose: Text
    legal_basis: Text
    dpia_reference: Text
    contact: Text
    active_hours: Annotated[
        str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")
    ] = "00:00-23:59"
    end_date: date
    place: Text | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    page_url: (
        Annotated[
            str, Field(pattern=r"^https://[A-Za-z0-9.-]+(/[A-Za-z0-9._~/-]*)?$", max_length=200)
        ]
        | None
    ) = None

    @model_validator(mode="after")
    def _is_open_for_a_while(self) -> Self:
        begin, end = self.active_hours.split("-")
        if begin == end:
            raise ValueError(
                f"active_hours: got {self.active_hours}, which is one minute a day; the whole day "
                "is 00:00-23:59"
            )
        return self


class Confinement(Section):
    """The least that the kernel must hold.

    Left out, `standard` at a real site and `process` at a test site.
    """

    level_min: Level | None = None


class Commission(Section):
    """Where an installer's page is, while a box is set up: on the box itself, its hotspot or USB.

    It is in no report's hash: nothing that counts depends on it.
    """

    listen: Annotated[str, Field(pattern=r"^(\d{1,3}\.){3}\d{1,3}:\d{1,5}$")] = "127.0.0.1:8443"

    @model_validator(mode="after")
    def _is_close_by(self) -> Self:
        host, _, port = self.listen.partition(":")
        try:
            address = ip_address(host)
        except ValueError as error:
            raise ValueError(f"listen: {error}") from error
        if not (address.is_loopback or address.is_link_local or address.is_private):
            raise ValueError(
                f"listen: got {host}, wanted this box (127.0.0.1), its hotspot or its USB network"
            )
        if address.is_unspecified or not 1024 <= int(port) <= 65_535:  # noqa: PLR2004 - ports that need no right
            raise ValueError(
                f"listen: got {self.listen}, wanted one address and a port of 1024 to 65535"
            )
        return self

    @property
    def address(self) -> tuple[str, int]:
        """Return the address and the port."""
        host, _, port = self.listen.partition(":")
        return host, int(port)
