# SPDX-License-Identifier: Apache-2.0
"""The cookie of a session, and what shows that a request was made by our own page.

Rule 1: over HTTPS the cookie is `__Host-session`: Secure, of this host alone. Without HTTPS there
is one only on this machine, asked by a local name, so that nobody on the way reads it and no page
of the web has its own name lead here. Rule 2: what changes something comes with the page's token,
from this very origin.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from fusion_service.access.secret_text import is_same, page_token_of
from fusion_service.config_fields import is_loopback

SECURE_NAME, LOCAL_NAME = "__Host-session", "session"
TOKEN_HEADER = "x-page-token"  # noqa: S105 - the header's name
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_OWN_PAGE = frozenset({"same-origin", "none"})
"""`none` is somebody who typed the address."""


@dataclass(frozen=True, slots=True)
class CookieKind:
    """How this connection's cookie is called and laid."""

    name: str
    is_secure: bool

    def header(self, secret: str, *, lasts_s: int) -> str:
        """Return Set-Cookie; an empty secret takes the cookie away."""
        secure = "; Secure" if self.is_secure else ""
        rules = f"Path=/; HttpOnly; SameSite=Strict; Max-Age={lasts_s}{secure}"
        return f"{self.name}={secret}; {rules}"


def kind_of(connection: HTTPConnection) -> CookieKind | None:
    """Return how cookies go on this connection; None where others could read them."""
    if connection.url.scheme == "https":
        return CookieKind(SECURE_NAME, is_secure=True)
    server, client = connection.scope.get("server"), connection.client
    is_here = server is not None and is_loopback(server[0])
    is_ours = client is not None and is_loopback(client.host)
    if is_here and is_ours and (connection.url.hostname or "") in _LOCAL_HOSTS:
        return CookieKind(LOCAL_NAME, is_secure=False)
    return None


def session_in(connection: HTTPConnection) -> str:
    """Return the secret of the session that a request brings; empty for none."""
    kind = kind_of(connection)
    return "" if kind is None else connection.cookies.get(kind.name, "")


def is_from_elsewhere(connection: HTTPConnection) -> bool:
    """Say whether a browser says that a page of another origin makes this request."""
    headers = connection.headers
    if headers.get("sec-fetch-site", "same-origin") not in _OWN_PAGE:
        return True
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host", "")


def is_forged(connection: HTTPConnection, session: str) -> bool:
    """Say whether a request that changes something may come from another page than ours."""
    if connection.headers.get("origin") is None or is_from_elsewhere(connection):
        return True
    given = connection.headers.get(TOKEN_HEADER, "")
    return not is_same(given.encode("utf-8", "replace"), page_token_of(session).encode())
