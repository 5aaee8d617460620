# SPDX-License-Identifier: Apache-2.0
"""Which certificate the uplink shows.

The one that was enrolled, or a renewed one for the same key that came over the broker.

A renewed certificate is kept in the outbox's folder, the only one that the uplink may write to; two
files take turns, so that one that a power cut left half written never costs the one in use. A
certificate is no secret, and is of use only to who holds the key. Rule 1: only a certificate that
fits this box's own key is kept. Rule 2: whether the authority really made it, the broker says: one
with which the broker lets nobody in is followed by the one before.
"""

import contextlib
import os
import re
import ssl
from datetime import UTC, datetime
from pathlib import Path

from edge_agent.errors import LinkError
from edge_agent.uplink.tls import client_context

RENEWED = ("certificate-0.pem", "certificate-1.pem")
PEM_BYTES_MAX = 8_192
REFUSED_MAX = 16
"""Certificates remembered because they would not do; whoever sends more only has them tried
again."""
# RFC 5280, 4.1.2.5: notBefore and notAfter as UTCTime, the form for years before 2050.
_VALIDITY = re.compile(rb"\x30\x1e\x17\x0d(\d{12})Z\x17\x0d(\d{12})Z")


class Certificates:
    """The certificates that this box may show, the one that ends last first."""

    def __init__(self, *, ca_path: str, certificate_path: str, key_path: str, folder: Path) -> None:
        """Raises LinkError where the enrolled files will not do."""
        self._ca, self._key, self._folder = ca_path, key_path, folder
        self._enrolled = Path(certificate_path)
        self._refused: set[bytes] = set()
        """Certificates that did not come in; forgotten when the process ends."""
        client_context(ca_path=ca_path, certificate_path=certificate_path, key_path=key_path)
        self._order()

    @property
    def shown(self) -> Path:
        """The certificate to come in with now."""
        return self._files[0]

    def ends_s(self) -> int:
        """Return when the shown certificate ends (unix seconds), 0 where it cannot be read."""
        return _ends_s(_read(self.shown))

    def context(self) -> ssl.SSLContext:
        """Return the TLS settings that show it.

        A stored one that has gone bad since is passed over. Raises LinkError.
        """
        while True:
            try:
                return client_context(
                    ca_path=self._ca, certificate_path=str(self.shown), key_path=self._key
                )
            except LinkError:
                if self.shown == self._enrolled:
                    raise
                self._files.remove(self.shown)

    def accept(self, der: bytes) -> bool:
        """Keep a renewed certificate and show it from the next connection on.

        False for one that is known or ends no later.

        Raises LinkError where it is for another key than this box's, is none, or cannot be written.
        """
        known = {_read(path) for path in self._files}
        if der in known | self._refused or 0 < _ends_s(der) <= self.ends_s():
            return False
        spare = next(self._folder / name for name in RENEWED if self._folder / name != self.shown)
        try:
            _write(spare, ssl.DER_cert_to_PEM_cert(der).encode("ascii"))
            client_context(ca_path=self._ca, certificate_path=str(spare), key_path=self._key)
        except (LinkError, OSError) as error:
            if len(self._refused) >= REFUSED_MAX:
                self._refused.clear()
            self._refused.add(der)
            with contextlib.suppress(OSError):
                spare.unlink()
            self._order()
            raise LinkError(
                f"renewed certificate: {error}; it is not for this box's key, or the disk is full"
            ) from error
        self._order()
        return True

    def refused(self) -> bool:
        """Note that the broker let nobody in with the shown certificate.

        False where there is no other one to show.
        """
        if len(self._files) == 1:
            return False
        self._refused.add(_read(self.shown))
        self._order()
        return True

    def _order(self) -> None:
        """Put those that end last first, those that were refused behind them.

        A file that cannot be read is left out.
        """
        files = [
            self._enrolled,
            *(path for name in RENEWED if _ends_s(_read(path := self._folder / name))),
        ]
        if all(_read(path) in self._refused for path in files):
            self._refused.clear()
        self._files = sorted(
            files,
            key=lambda path: (_read(path) not in self._refused, _ends_s(_read(path))),
            reverse=True,
        )


def _ends_s(der: bytes) -> int:
    """Return when a certificate ends (unix seconds), 0 where these bytes do not say."""
    found = _VALIDITY.search(der)
    if found is None:
        return 0
    year, month, day, hour, minute, second = (int(found[2][at : at + 2]) for at in range(0, 12, 2))
    try:
        return int(datetime(2000 + year, month, day, hour, minute, second, tzinfo=UTC).timestamp())
    except ValueError:
        return 0


def _read(path: Path) -> bytes:
    """Return the certificate in a PEM file, DER; nothing where there is none."""
    try:
        with path.open("rb") as file:
            text = file.read(PEM_BYTES_MAX).decode("ascii")
        begin = text.index(ssl.PEM_HEADER)
        return ssl.PEM_cert_to_DER_cert(
            text[begin : text.index(ssl.PEM_FOOTER) + len(ssl.PEM_FOOTER)]
        )
    except (OSError, ValueError):
        return b""


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
