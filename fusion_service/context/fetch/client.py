# SPDX-License-Identifier: Apache-2.0
"""Ask one address, and return its body or that nothing is new.

Rule 1: no more bytes and no more time than a bound, whatever the server does. Rule 2: a redirect is
followed on the same host only, so that a key never goes elsewhere. Rule 3: what an answer was is
remembered (ETag, Last-Modified) once it was read, so that one that was of no use is sent again.
The proxy is the one that the environment names (https_proxy, no_proxy), and none for this machine.
"""

import http.client
import ssl
import time
import urllib.error
import urllib.request
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from fusion_service.config_fields import is_loopback
from fusion_service.context.fetch import address, inflate
from fusion_service.context.fetch.deadline import Deadline
from fusion_service.context.trouble import FeedError

USER_AGENT = "people-count-centre/0.1 (crowd counting of a city; one request at a time)"
"""OVapi and others ban who does not say who they are."""
REDIRECTS_MAX = 3
WAIT_S_MAX = 86_400.0
"""How long a server may ask to be left alone."""
REMEMBERED_MAX = 128
"""Addresses of one feed whose ETag is kept."""
TAG_MAX = 256
LATER = "nothing: it is asked again by itself"
TELL = "tell whoever runs the server"
REDIRECTS = {301, 302, 303, 307, 308}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an answer may be: bytes as they come, bytes unpacked, and seconds.

    silence_s is for a server that says nothing, total_s for the whole answer.
    """

    body_bytes_max: int = 4 * 2**20
    unpacked_bytes_max: int = 16 * 2**20
    silence_s: float = 10.0
    total_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer: its body as it came, and what names this state of it. date_s: the server's clock.

    `text` and `pieces` unpack it; both raise FeedError.
    """

    url: str
    body: bytes
    unpacked_bytes_max: int
    date_s: int | None = None
    validators: tuple[tuple[str, str], ...] = ()

    def text(self) -> bytes:
        """Return all of it, unpacked."""
        return inflate.whole(self.body, bytes_max=self.unpacked_bytes_max)

    def pieces(self) -> Iterator[bytes]:
        """Yield it unpacked, piece by piece."""
        return inflate.pieces(self.body, bytes_max=self.unpacked_bytes_max)


@dataclass(slots=True)
class Client:
    """Asks for one feed, one request at a time. What it remembers is bounded.

    tls: who is believed; None: whom this system believes.
    """

    limits: Limits = Limits()
    tls: ssl.SSLContext | None = None
    _known: OrderedDict[str, tuple[tuple[str, str], ...]] = field(default_factory=OrderedDict)
    _deadline: Deadline | None = None
    _is_ended: bool = False

    def get(
        self, url: str, headers: Mapping[str, str] | None = None, *, limits: Limits | None = None
    ) -> Fetched | None:
        """Return what an address answers; None where nothing is new since it was remembered.

        Raises FeedError for everything else.
        """
        bounds = limits or self.limits
        until_s = time.monotonic() + bounds.total_s
        asked = {
            "User-Agent": USER_AGENT,
            "Accept-Encoding": "gzip",
            **dict(self._known.get(url, ())),
            **(headers or {}),
        }
        target = url
        for _ in range(REDIRECTS_MAX + 1):
            address.check(target)
            self._deadline = Deadline(until_s, self.tls)
            if self._is_ended:
                raise FeedError("the centre ends", LATER)
            found = _Exchange(target, asked, bounds, until_s, self._deadline).run(named=url)
            if not isinstance(found, str):
                return found
            target = address.led_to(target, found)
        raise FeedError(f"it redirects more than {REDIRECTS_MAX} times", "correct url")

    def end(self) -> None:
        """Cut what is being asked, and ask nothing any more. By any thread."""
        self._is_ended = True
        if self._deadline is not None:
            self._deadline.cut()

    def forget(self, url: str) -> None:
        """Ask this address for all it has, whatever was remembered of it."""
        self._known.pop(url, None)

    def remember(self, fetched: Fetched) -> None:
        """Ask from now on only for what is newer than this answer, which was read and is good."""
        self._known.pop(fetched.url, None)
        if fetched.validators:
            self._known[fetched.url] = fetched.validators
        while len(self._known) > REMEMBERED_MAX:
            self._known.popitem(last=False)


@dataclass(frozen=True, slots=True)
class _Exchange:
    """One request and its answer."""

    url: str
    headers: Mapping[str, str]
    limits: Limits
    until_s: float
    deadline: Deadline

    def run(self, *, named: str) -> Fetched | str | None:
        """Return the answer, where it redirects to, or None where nothing is new.

        named: the address that was asked for first. Raises FeedError.
        """
        request = urllib.request.Request(self.url, headers=dict(self.headers))  # noqa: S310 - https, or http to this machine: address.check
        deadline, is_direct = self.deadline, is_loopback(urlsplit(self.url).hostname or "")
        try:
            with (
                deadline.kept(is_direct=is_direct) as opener,
                opener.open(request, timeout=self.silence_s) as answer,
            ):
                return self._read(answer, named)
        except (http.client.HTTPException, OSError) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            raise self._late() if deadline.is_over else _no_answer(reason) from error
        except FeedError as error:
            raise self._late() if deadline.is_over else error from error.__cause__

    @property
    def silence_s(self) -> float:
        return max(0.1, min(self.limits.silence_s, self.until_s - time.monotonic()))

    def _read(self, answer: http.client.HTTPResponse, named: str) -> Fetched | str | None:
        status, headers = answer.status, answer.headers
        if status == HTTPStatus.NOT_MODIFIED:
            return None
        if status in REDIRECTS:
            return str(headers.get("Location", ""))
        if status != HTTPStatus.OK:
            raise refused(status, answer.reason, headers)
        packed = headers.get("Content-Encoding", "identity").strip().lower()
        if packed not in {"identity", "gzip", "x-gzip", ""}:
            raise FeedError(f"it answers in {packed}, and was asked for gzip", TELL)
        body = self._body(answer, headers.get("Content-Length"))
        return Fetched(
            named,
            body,
            self.limits.unpacked_bytes_max,
            _date_s(headers.get("Date")),
            _validators(headers),
        )

    def _body(self, answer: http.client.HTTPResponse, length: str | None) -> bytes:
        bytes_max = self.limits.body_bytes_max
        body = answer.read(bytes_max + 1)
        if len(body) > bytes_max:
            raise FeedError(
                f"it answers with more than {bytes_max} bytes", "see whether the address is right"
            )
        if length is not None and length.isdecimal() and int(length[:20]) != len(body):
            raise FeedError(f"{len(body)} bytes came of {length[:20]}: it was cut off", LATER)
        return body

    def _late(self) -> FeedError:
        return FeedError(f"no whole answer came in {self.limits.total_s:g} s", LATER)


def _no_answer(reason: object) -> FeedError:
    if isinstance(reason, ssl.SSLCertVerificationError):
        return FeedError(
            f"its certificate is not believed: {reason.verify_message}",
            "see whether the address is right, and whether this machine's clock is",
        )
    said = str(reason) or type(reason).__name__
    return FeedError(f"no answer: {said}", "see whether this machine reaches the address")


def refused(status: int, reason: str, headers: Message) -> FeedError:
    """Return what an answer that is none means, and what to do about it."""
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        to_do = "see whether the key in key_file is valid"
    elif status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        to_do = "correct the address or the place in fusion.toml"
    elif status == HTTPStatus.TOO_MANY_REQUESTS:
        to_do = "raise every_s where it stays so"
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        to_do = LATER
    else:
        to_do = "see the source's own documentation"
    return FeedError(f"it answers {status} {reason}", to_do, wait_s=_wait_s(headers))


def _wait_s(headers: Message) -> float:
    """Return how long the server asks to be left alone: seconds, or until a date."""
    said = str(headers.get("Retry-After", "")).strip()
    if said.isdecimal():
        return min(float(said[:10]), WAIT_S_MAX)
    until_s, now_s = _date_s(said), _date_s(headers.get("Date"))
    if until_s is None or now_s is None:
        return 0.0
    return min(max(0.0, float(until_s - now_s)), WAIT_S_MAX)


def _date_s(text: str | None) -> int | None:
    try:
        return int(parsedate_to_datetime(text or "").timestamp())
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _validators(headers: Message) -> tuple[tuple[str, str], ...]:
    """Return the headers by which the same answer is not asked for again."""
    found = (
        ("If-None-Match", headers.get("ETag")),
        ("If-Modified-Since", headers.get("Last-Modified")),
    )
    return tuple(
        (name, said)
        for name, said in found
        if said and len(said) <= TAG_MAX and said.isprintable() and said.isascii()
    )
