# SPDX-License-Identifier: Apache-2.0
"""What can go wrong at the centre, named by what went wrong.

Every message says what, where, what was found, what was wanted and what to do about it.
"""


class FusionError(Exception):
    """Base of every error of this package."""


class ConfigError(FusionError):
    """The config file does not say something that the centre can run."""


class DeviceError(FusionError):
    """A device cannot be enrolled as asked, or its public key file is not what a box writes."""


class StoreError(FusionError):
    """The store cannot be opened, read or written."""


class BrokerError(FusionError):
    """The broker cannot be used as configured.

    A certificate, key or password file is missing or wrong.
    """


class PortError(FusionError):
    """The HTTP address cannot be bound."""


class QueryError(FusionError):
    """A client asked for something that the API does not have.

    where: which part of the question it was; wanted: what there is.
    """

    def __init__(
        self,
        got: str,
        *,
        where: str = "device",
        wanted: str = "an enrolled device; see /v1/devices",
    ) -> None:
        super().__init__(got)
        self.where = where
        self.wanted = wanted


class UnreachableError(FusionError):
    """A running service could not be asked."""


class IdentityError(FusionError):
    """A certificate, key, name or register of the authority is not what it must be."""


class SiteError(FusionError):
    """A site's file, or a drawing to import, says something that no site can be."""


class AccessError(FusionError):
    """A person, key or role is not what it must be."""


class AuditError(FusionError):
    """A signed audit, or the key that signs one, is not what it must be."""


class ForecastError(FusionError):
    """A kept forecast model is not what this release can read."""
