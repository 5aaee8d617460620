# SPDX-License-Identifier: Apache-2.0
"""The broker of the centre, and the folders that a box keeps."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from edge_agent.config.sections.fields import FilePath, Section

LABEL_MAX = 63
"""Characters between two points of a host name."""


def _of_labels(host: str) -> str:
    """Refuse a name that no look-up takes: RFC 1035, section 2.3.4."""
    if ":" not in host and any(
        not 1 <= len(label) <= LABEL_MAX for label in host.removesuffix(".").split(".")
    ):
        raise ValueError(
            f"got {host[:60]!r}, wanted a host name: 1 to {LABEL_MAX} characters between two points"
        )
    return host


class Protocol(StrEnum):
    """The MQTT version spoken to the broker."""

    V5 = "5"
    V311 = "3.1.1"


class Broker(Section):
    """The broker of the centre.

    TLS where its files are named; away from this machine TLS is required.
    """

    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]{1,253}$"), AfterValidator(_of_labels)] = (
        "127.0.0.1"
    )
    port: Annotated[int, Field(ge=1, le=65_535)] = 1883
    protocol: Protocol = Protocol.V5
    ca_file: FilePath | None = None
    certificate_file: FilePath | None = None
    key_file: FilePath | None = None

    @model_validator(mode="after")
    def _tls_away_from_home(self) -> Self:
        named = [self.ca_file, self.certificate_file, self.key_file]
        if any(named) and not all(named):
            raise ValueError(
                "ca_file, certificate_file and key_file go together; give all three or none"
            )
        if not any(named) and self.host not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError(
                f"host {self.host} is another machine; give ca_file, certificate_file and key_file "
                "for TLS"
            )
        return self


class Store(Section):
    """Where the box keeps what waits and what has gone."""

    directory: FilePath
    bytes_max: Annotated[int, Field(ge=262_144, le=2**32)] = 67_108_864
    payload_days: Annotated[int, Field(ge=1, le=3650)] = 14


class Keys(Section):
    """The folder that `edge-agent keygen` filled."""

    directory: FilePath
