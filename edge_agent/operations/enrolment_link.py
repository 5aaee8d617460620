# SPDX-License-Identifier: Apache-2.0
"""Ask the enrolment service over HTTPS, and say in words what keeps it from answering.

Rule 1: what is wrong is told by what was seen: name, dates, root, token; the clock is blamed only
for dates. Rule 2: a service that asks to wait is waited for, for so long and no longer.
"""

import http.client
import socket
import ssl
import sys
import time
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from edge_agent.errors import LinkError
from wire_contract.codec import ENVELOPE_BYTES_MAX, decode
from wire_contract.errors import ContractError
from wire_contract.messages.enrolment import EnrolRefusal, Why

ANSWER_WAIT_S = 20.0
BUSY_WAIT_MAX_S = 120.0
"""How long one enrolment waits altogether for a service that asks to wait."""
BUSY_ASKED_S, BUSY_ASKED_MAX_S = 60, 3600
"""What is taken where the service does not say how long, and the most that is believed."""
OK, REFUSED, UNKNOWN, BUSY = 200, 403, 404, 429
# X509_V_ERR_... of OpenSSL's x509_vfy.h.
NOT_YET_VALID, EXPIRED, OTHER_HOST, OTHER_ADDRESS = 9, 10, 62, 64
REASONS: dict[str, str] = {
    Why.USED: "was used before, and a token is good once",
    Why.OVER: "is over: its time has passed",
    Why.FAILED: "was good and is used up, but the centre could not enrol this box; the log of "
    "fusion-service enrol-serve says why",
}


class Centre:
    """The enrolment service at one address: whoever answers, and after `trust` one of that root."""

    def __init__(self, host: str, port: int, *, wait_max_s: float = BUSY_WAIT_MAX_S) -> None:
        self._host, self._port, self._wait_max_s = host, port, wait_max_s
        self._waited_s = 0.0
        self._shown: x509.Certificate | None = None
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_3
        self._context.check_hostname = False
        self._context.verify_mode = ssl.CERT_NONE

    @property
    def where(self) -> str:
        """The address as it was asked."""
        return f"{self._host}:{self._port}"

    def trust(self, root: x509.Certificate) -> None:
        """Speak from now on only to a server of this root, by the name that was asked."""
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_3
        self._context.load_verify_locations(cadata=root.public_bytes(serialization.Encoding.DER))

    def get(self, path: str, *, or_none: bool = False) -> bytes:
        """Return what lies at a path; nothing, with `or_none`, where that is unknown.

        Raises LinkError.
        """
        status, content = self._ask("GET", path, None)
        if status == UNKNOWN and or_none:
            return b""
        return self._wanted(status, content)

    def post(self, path: str, body: bytes) -> bytes:
        """Return the answer to a token. Raises LinkError with the reason, as far as it is told."""
        status, content = self._ask("POST", path, body)
        if status == REFUSED:
            raise LinkError(
                f"{self.where}: refuses this token: it {_reason(content)}; make another with "
                "fusion-service enrol-token"
            )
        return self._wanted(status, content)

    def _wanted(self, status: int, content: bytes) -> bytes:
        if status != OK or len(content) > ENVELOPE_BYTES_MAX:
            raise LinkError(
                f"{self.where}: answers {status}, wanted 200; is this the address of "
                "fusion-service enrol-serve?"
            )
        return content

    def _ask(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        while True:
            status, content, wait_s = self._ask_once(method, path, body)
            if status != BUSY:
                return status, content
            at = datetime.now(UTC) + timedelta(seconds=wait_s)
            refused = f"{self.where}: too much was refused to this address"
            if self._waited_s + wait_s > self._wait_max_s:
                raise LinkError(
                    f"{refused}; it listens again in {wait_s} s, at {at:%H:%M:%S} UTC: try again "
                    "then, the token is unused"
                )
            sys.stderr.write(f"{refused}; waiting {wait_s} s\n")
            self._waited_s += wait_s
            time.sleep(wait_s)

    def _ask_once(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes, int]:
        """Return the status, the content and how many seconds the service asks to wait."""
        connection = http.client.HTTPSConnection(
            self._host, self._port, timeout=ANSWER_WAIT_S, context=self._context
        )
        try:
            connection.connect()
            der = connection.sock.getpeercert(binary_form=True)
            self._shown = x509.load_der_x509_certificate(der) if der else None
            connection.request(method, path, body=body)
            answer = connection.getresponse()
            return (
                answer.status,
                answer.read(ENVELOPE_BYTES_MAX + 1),
                _seconds(answer.getheader("Retry-After")),
            )
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise LinkError(f"{self.where}: {self._why(error)}") from error
        finally:
            connection.close()

    def _why(self, error: Exception) -> str:  # noqa: PLR0911 - one sentence for each thing that can be wrong
        if isinstance(error, ssl.SSLCertVerificationError):
            return self._why_not_believed(error)
        if isinstance(error, ssl.SSLError):
            return (
                f"no TLS 1.3 with what answers there: {error.reason or error}; is it the port of "
                "fusion-service enrol-serve?"
            )
        if isinstance(error, socket.gaierror):
            return (
                f"this name is not found: {error.strerror}; give the address, or set this box's "
                "name server"
            )
        if isinstance(error, ConnectionRefusedError):
            return (
                "nothing listens there; does fusion-service enrol-serve run there, with --host for "
                "other machines, and this port?"
            )
        if isinstance(error, TimeoutError):
            return (
                f"no answer in {ANSWER_WAIT_S:.0f} s; is the address right, and does every "
                "firewall between let it through?"
            )
        if isinstance(error, OSError) and not isinstance(error, ConnectionError):
            return f"{error.strerror or error}; is there a way from this box to that address?"
        return f"the connection ended: {error}; does fusion-service enrol-serve run there?"

    def _why_not_believed(self, error: ssl.SSLCertVerificationError) -> str:
        """Say what is wrong with the certificate of a server that showed the right root."""
        if error.verify_code in {OTHER_HOST, OTHER_ADDRESS}:
            names = ", ".join(_names(self._shown)) or "no name"
            remedy = (
                "use one of these in the URL, or issue one with fusion-service ca server ... "
                f"--address {self._host}"
            )
            return f"its certificate is for {names}, not for {self._host}; {remedy}"
        if error.verify_code in {NOT_YET_VALID, EXPIRED} and self._shown is not None:
            begins, ends = self._shown.not_valid_before_utc, self._shown.not_valid_after_utc
            clock = f"this box's clock says {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
            good = (
                f"its certificate is good from {begins:%Y-%m-%d %H:%M} to {ends:%Y-%m-%d %H:%M} "
                f"UTC, and {clock}"
            )
            return (
                f"{good}; set the clock if that is wrong, else run fusion-service ca renew-servers "
                "and start enrol-serve again"
            )
        what = "its certificate is not of the root that the token names, or its chain is not whole"
        return (
            f"{what}: {error.verify_message}; start enrol-serve with what fusion-service ca server "
            "wrote"
        )


def _reason(content: bytes) -> str:
    try:
        return REASONS[decode(EnrolRefusal, content).why]
    except (ContractError, KeyError):
        return (
            "is unknown there, or was used before or is over; it says no more to whoever does not "
            "hold one of its tokens"
        )


def _seconds(text: str | None) -> int:
    if text is None or not text.isascii() or not text.isdecimal():
        return BUSY_ASKED_S
    return min(max(int(text[:9]), 1), BUSY_ASKED_MAX_S)


def _names(certificate: x509.Certificate | None) -> list[str]:
    if certificate is None:
        return []
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [
        str(name)
        for kind in (x509.DNSName, x509.IPAddress)
        for name in found.get_values_for_type(kind)
    ]
