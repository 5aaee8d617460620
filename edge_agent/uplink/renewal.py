# SPDX-License-Identifier: Apache-2.0
"""Come in with a renewed certificate, at a moment of this box's own, while the old one is good."""

import logging
import ssl
from random import Random

from edge_agent.errors import LinkError
from edge_agent.uplink.certificates import Certificates
from edge_agent.uplink.notes import Notes, NoteSubject

SHOW_WITHIN_S = 600.0
"""A renewed certificate is shown within so much time, at a moment of this box's own."""
log = logging.getLogger("edge_agent.uplink")


class CertificateRenewal:
    """The certificates of a box, None without TLS, and when a new one is shown (monotonic)."""

    def __init__(self, certificates: Certificates | None, notes: Notes, random: Random) -> None:
        self._certificates, self._notes, self._random = certificates, notes, random
        self._show_at_s: float | None = None

    def context(self) -> ssl.SSLContext | None:
        """Return the TLS settings to come in with. Raises LinkError."""
        return None if self._certificates is None else self._certificates.context()

    def show_another(self) -> None:
        """Come in with another certificate next time: with this one the broker lets nobody in."""
        shown = self._certificates.shown if self._certificates is not None else None
        if self._certificates is not None and self._certificates.refused():
            text = (
                f"{shown}: the broker lets nobody in with this certificate; trying "
                f"{self._certificates.shown}"
            )
            self._notes.say(NoteSubject.CERTIFICATE, text)
            log.warning("%s", text)

    def turn(self, heard: bytes | None, now_s: float) -> bool:
        """Keep a renewed certificate (DER) that was heard.

        Return whether to come in anew now, to show it.
        """
        if self._certificates is not None and heard is not None:
            self._keep(self._certificates, heard, now_s)
        if self._show_at_s is None or now_s < self._show_at_s:
            return False
        self._show_at_s = None
        return True

    def _keep(self, certificates: Certificates, heard: bytes, now_s: float) -> None:
        try:
            if certificates.accept(heard):
                self._show_at_s = now_s + self._random.uniform(0.0, SHOW_WITHIN_S)
                self._notes.say(NoteSubject.CERTIFICATE, None)
                log.info("a renewed certificate has come; it is shown from the next connection on")
        except LinkError as error:
            self._notes.say(NoteSubject.CERTIFICATE, str(error))
            log.error("%s; going on with the one before", error)  # noqa: TRY400 - a stack would bury it
