# SPDX-License-Identifier: Apache-2.0
"""The tables of the config that say who is told of alarms and declared levels."""

from enum import StrEnum
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from fusion_service.config_fields import ConfigPath, ConfigTable, Host, Port, is_loopback, refuse

SeverityMin = Annotated[int, Field(ge=1, le=3, description="1 notice, 2 warning, 3 critical")]


class WebhookConfig(ConfigTable):
    """A program that is told of alarms and declared levels, signed; see docs/SHIFT.md."""

    url: Annotated[
        str,
        Field(pattern=r"^https?://[^\s]{1,500}$", description="an address with https://"),
    ] = ""
    """Empty: nobody is told."""
    secret_file: ConfigPath | None = None
    """A file with the secret of the signature on one line; wanted with `url`."""
    severity_min: SeverityMin = 2
    """Orange and red, and what stops the centre from seeing."""

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        if self.url and self.secret_file is None:
            refuse("secret_file", "nothing", "a file with the secret that signs")
        if self.url.startswith("http://") and not is_loopback(urlsplit(self.url).hostname or ""):
            refuse("url", "http://", "https://, but on this machine")
        return self


class MailSecurity(StrEnum):
    """How a mail server is spoken to."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class MailConfig(ConfigTable):
    """People who are told of alarms and declared levels by e-mail."""

    host: Host | None = None
    """None: nobody is told."""
    port: Port = 587
    """Submission with STARTTLS: RFC 6409; with TLS from the first byte it is 465."""
    security: Annotated[
        MailSecurity, Field(strict=False, description="tls, starttls; none on loopback alone")
    ] = MailSecurity.STARTTLS
    """What every server for submission takes."""
    user: Annotated[str | None, Field(max_length=200, description="1 to 200 characters")] = None
    """None: the server lets this machine in."""
    password_file: ConfigPath | None = None
    """A file with the password on one line; wanted with `user`."""
    ca: ConfigPath | None = None
    """The authority of the server's certificate, PEM, where the machine does not know it."""
    sender: Annotated[
        str, Field(pattern=r"^[^@\s]{1,64}@[^@\s]{1,190}$", description="an e-mail address")
    ] = "operator@centre.example"
    """`.example` belongs to nobody: RFC 2606."""
    to: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[^@\s,]{1,64}@[^@\s,]{1,190}$")], ...],
        Field(strict=False, max_length=20, description="up to 20 e-mail addresses"),
    ] = ()
    """Of desks, not of persons: an address cannot be erased from a config's copies."""
    severity_min: SeverityMin = 2
    """As of a webhook."""

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        if self.host is None:
            return self
        if not self.to:
            refuse("to", "nobody", "at least one address")
        if (self.user is None) != (self.password_file is None):
            refuse("password_file", "one of user and password_file", "both or neither")
        if self.security is MailSecurity.NONE and not is_loopback(self.host):
            refuse("security", "none", f"tls or starttls: {self.host} is not loopback")
        return self
