# SPDX-License-Identifier: Apache-2.0
"""When the certificates end on which the centre's link hangs.

Its own, the broker's, and the two above them.

Rule: the broker is looked at and not asked: a TLS hand-shake and nothing after it, so that no
session is touched, and seldom. What it showed last stands until it shows something else.
The issuing certificate is the one in the centre's own chain, the root the one that it trusts: of an
authority that is elsewhere a centre sees no more.
"""

import logging
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from fusion_service.config import BrokerConfig

LOOK_EVERY_S, AGAIN_S = 600.0, 30.0
"""How often the broker is looked at, and where it did not answer."""
ANSWER_WAIT_S = 2.0
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CertificateEnd:
    """Whose certificate, and when it ends (unix seconds)."""

    name: str
    ends_s: int


class CertificateEnds:
    """What is known now; looks again where that is old. Used by many threads."""

    def __init__(
        self,
        config: BrokerConfig,
        tls: Callable[[BrokerConfig], ssl.SSLContext],
        *,
        now_s: Callable[[], float],
    ) -> None:
        """`tls` returns what the centre shows and trusts; `now_s` is a monotonic clock."""
        self._config, self._tls, self._now_s = config, tls, now_s
        self._lock = threading.Lock()
        self._look_at_s: float | None = None
        self._broker_s: int | None = None

    def read(self) -> tuple[CertificateEnd, ...]:
        """Return what is known: centre, broker, issuing, root. Nothing for a broker without TLS."""
        if self._config.ca is None:
            return ()
        # Anew each time: a timer renews these files where they lie.
        own, issuing, *_ = (*_ends_in(self._config.certificate), None, None)
        root, *_ = (*_ends_in(self._config.ca), None)
        ends = (("centre", own), ("broker", self._broker()), ("issuing", issuing), ("root", root))
        return tuple(CertificateEnd(name, end) for name, end in ends if end is not None)

    def _broker(self) -> int | None:
        with self._lock:
            now_s = self._now_s()
            if self._look_at_s is None or now_s >= self._look_at_s:
                seen = self._look()
                self._look_at_s = now_s + (AGAIN_S if seen is None else LOOK_EVERY_S)
                self._broker_s = self._broker_s if seen is None else seen
            return self._broker_s

    def _look(self) -> int | None:
        where = (self._config.host, self._config.port)
        try:
            with (
                socket.create_connection(where, ANSWER_WAIT_S) as plain,
                self._tls(self._config).wrap_socket(plain, server_hostname=where[0]) as secure,
            ):
                shown = secure.getpeercert() or {}
        except OSError as error:
            log.info("could not look at the broker's certificate: %s", error)
            return None
        ends = shown.get("notAfter")
        return int(ssl.cert_time_to_seconds(ends)) if isinstance(ends, str) else None


def _ends_in(path: Path | None) -> list[int]:
    """Return when each certificate of a file ends, in its order.

    Nothing where it cannot be read.
    """
    if path is None:
        return []
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        return []
    return [int(one.not_valid_after_utc.timestamp()) for one in found]
