# SPDX-License-Identifier: Apache-2.0
"""Who gets a certificate, what they get, and when it is due again. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

from fusion_service.identity import names
from fusion_service.identity.ca.certificates import Purpose
from fusion_service.identity.issued import Kind

LIFE_LEFT = 3
"""What is renewed is renewed once one part in so many of its life is left."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who gets a certificate: as what, called what, found where, and under which file name."""

    kind: Kind
    name: str
    file_name: str
    hosts: tuple[x509.GeneralName, ...] = ()

    @property
    def purpose(self) -> Purpose:
        """What the certificate allows."""
        return {Kind.SERVER: Purpose.SERVER, Kind.CONFIG: Purpose.CONFIG}.get(
            self.kind, Purpose.CLIENT
        )


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was issued, and which files were written."""

    name: str
    serial: str
    ends: datetime
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Current:
    """A box's newest certificate, and whether it was revoked."""

    site: str
    name: str
    certificate: x509.Certificate
    revoked: bool
    by_root: bool = False
    """The root signed it, and there are issuing certificates now."""

    def is_due(self, now: datetime) -> bool:
        """Say whether a third of its life or less is left, and some of it is.

        Or the root is to be relieved of it.
        """
        alive = not self.revoked and now < self.certificate.not_valid_after_utc
        return alive and (self.by_root or is_due(self.certificate, now))

    def is_over(self, now: datetime) -> bool:
        """Say whether it has ended, so that no renewal can reach the box.

        The broker lets nobody in with it.
        """
        return not self.revoked and now >= self.certificate.not_valid_after_utc


def is_due(certificate: x509.Certificate, now: datetime) -> bool:
    """Say whether a third of a certificate's life or less is left."""
    begun, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return LIFE_LEFT * (ends - now) <= ends - begun


def broker(host: str, addresses: Sequence[str]) -> Holder:
    """Return the broker as a holder, found at a host name or address and at further ones."""
    hosts = tuple(dict.fromkeys(names.of_host(each) for each in (host, *addresses)))
    return Holder(Kind.SERVER, names.BROKER, "broker", hosts)


def client(name: str) -> Holder:
    """Return a program of the centre as a holder."""
    return Holder(Kind.CLIENT, names.of_client(name), name)


def device(site: str, name: str) -> Holder:
    """Return a box as a holder."""
    return Holder(Kind.DEVICE, names.of_device(site, name), "device")


def config_signer(serial: int) -> Holder:
    """Return who signs the configs of one run.

    Each has a name of its own, as its key is of that run alone.
    """
    return Holder(Kind.CONFIG, f"config {serial}", "config")
