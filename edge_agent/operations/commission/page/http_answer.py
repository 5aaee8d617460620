# SPDX-License-Identifier: Apache-2.0
"""One request in, one answer out: the page, its two files, its state, and what is asked. Pure.

A policy lets the page load nothing but its own two files and ask nobody but the box.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_KINDS = {
    "page.html": "text/html; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    f"Content-Security-Policy: {POLICY}\r\n"
    "Cache-Control: no-store\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Permissions-Policy: camera=(), microphone=(), geolocation=()\r\n"
)
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,5})(?=\r\n|$)", re.IGNORECASE)
_SAME_SITE = re.compile(rb"\r\nsec-fetch-site:[ \t]*([a-z-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes to send, and whether the connection ends with them."""

    bytes: bytes
    ends: bool


def length_of(head: bytes) -> int:
    """Return how long the body is that follows a head."""
    found = _LENGTH.search(head)
    return int(found[1]) if found else 0


def answer(
    head: bytes,
    body: bytes,
    *,
    token: str,
    documents: Mapping[str, bytes],
    ask: Callable[[bytes], bytes],
) -> Answer:
    """Answer one request. Who does not know the token is told nothing, not even that there is one.

    ask: puts a question, JSON, to whoever opened the session, and returns the state, JSON.
    """
    method, path = _asked_for(head)
    prefix = f"/{token}/"
    if not path.startswith(prefix):
        return _answered(404, "text/plain", b"", ends=True)
    name = path.removeprefix(prefix)
    if method == "GET" and (name or "page.html") in documents:
        document = name or "page.html"
        return _answered(200, _KINDS[document], documents[document])
    if method == "GET" and name == "state":
        return _answered(200, "application/json", ask(b'{"do":"state"}'))
    if method == "POST" and name == "ask":
        site = _SAME_SITE.search(head)
        if site is not None and site[1] != b"same-origin":
            return _answered(403, "text/plain", b"", ends=True)
        return _answered(200, "application/json", ask(body))
    return _answered(404, "text/plain", b"", ends=True)


def _asked_for(head: bytes) -> tuple[str, str]:
    words = head.partition(b"\r\n")[0].decode("latin-1").split(" ")
    return (words[0], words[1]) if len(words) == 3 else ("", "")  # noqa: PLR2004 - method, path, version


def _answered(status: int, kind: str, body: bytes, *, ends: bool = False) -> Answer:
    reason = {200: "OK", 403: "Forbidden", 404: "Not Found"}[status]
    head = (
        f"HTTP/1.1 {status} {reason}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        f"{_HEADERS}Connection: {'close' if ends else 'keep-alive'}\r\n\r\n"
    )
    return Answer(head.encode("ascii") + body, ends)
