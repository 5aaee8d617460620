# SPDX-License-Identifier: Apache-2.0
"""An authority for the occasion, and what each holder of a certificate shows in TLS."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from development.testbed.program import HOST
from fusion_service.identity import lifetimes
from fusion_service.identity.ca import authority, holders

DAYS = 365


class Identities:
    """An authority in a folder (`ca`), and beside it one folder for each holder."""

    def __init__(self, folder: Path, make: Callable[..., object] = authority.make) -> None:
        self.folder, self.ca = folder, folder / "ca"
        make(self.ca, days=DAYS, now=now())

    @property
    def authority(self) -> authority.Authority:
        """The authority as it is now: commands change it."""
        return authority.Authority(self.ca)

    def broker(self, out: Path) -> Path:
        """Issue the broker on loopback its certificate; return its folder."""
        what = holders.broker("localhost", [HOST])
        self.authority.issue(what, out=out, days=1, now=now())
        return out

    def device(self, site: str, name: str, *, at: datetime | None = None, out: str = "") -> Path:
        """Issue a box its certificate; return its folder."""
        folder = self.folder / (out or f"{site}.{name}")
        what = holders.device(site, name)
        self.authority.issue(what, out=folder, days=lifetimes.DEVICE_DAYS, now=at or now())
        return folder

    def client(self, name: str, *, at: datetime | None = None, days: int = 1) -> Path:
        """Issue a program beside the broker its certificate; return its folder."""
        folder = self.folder / name
        self.authority.issue(holders.client(name), out=folder, days=days, now=at or now())
        return folder


def now() -> datetime:
    """Return the time of this machine."""
    return datetime.now(UTC)


def files(folder: Path) -> tuple[Path, Path, Path]:
    """Return the authority, the certificate and the key of a holder's folder."""
    [key] = folder.glob("*.key")
    return folder / "ca.pem", key.with_suffix(".pem"), key


def broker_settings(folder: Path) -> str:
    """Return what a centre's config says in [broker] for the holder of this folder."""
    trusted, certificate, key = files(folder)
    return f'host = "{HOST}"\nca = "{trusted}"\ncertificate = "{certificate}"\nkey = "{key}"\n'


def context(folder: Path, *, ca: Path | None = None) -> ssl.SSLContext:
    """Return what a holder shows in TLS."""
    trusted, certificate, key = files(folder)
    made = anonymous(ca or trusted)
    made.load_cert_chain(certificate, key)
    return made


def anonymous(ca: Path) -> ssl.SSLContext:
    """Return a TLS client without a certificate."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.load_verify_locations(ca)
    return made
