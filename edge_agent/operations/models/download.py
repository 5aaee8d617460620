# SPDX-License-Identifier: Apache-2.0
"""Bring one file of known size and hash over HTTPS, whatever the network and the server do.

Rule 1: nothing but https, wherever a redirect leads. Rule 2: no byte more than the size that is
known is read or kept. Rule 3: what has come is kept beside the target and gone on from, in this run
or the next. Rule 4: only the whole file with the right hash is returned. The proxy is the one that
the environment names (https_proxy, no_proxy).
"""

import hashlib
import http.client
import re
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from pathlib import Path
from typing import IO

from edge_agent.errors import ModelError

ATTEMPTS_MAX = 6
REDIRECTS_MAX = 5
_CHUNK_BYTES = 64 * 2**10
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The file that is to come: its address, size and hash, and what to do where it does not."""

    url: str
    size_bytes: int
    sha256: str
    by_hand: str


@dataclass(frozen=True, slots=True)
class Network:
    """How the network is reached, and how long is waited for it, seconds.

    context is who is believed, None: whom this system believes. proxies is which proxy each scheme
    takes, None: what the environment says. silence_s is for a server that says nothing, total_s for
    all attempts together (half an hour is 100 MB at 60 kB/s), pause_s comes before each.
    """

    context: ssl.SSLContext | None = None
    proxies: Mapping[str, str] | None = None
    silence_s: float = 30.0
    total_s: float = 1800.0
    pause_s: float = 2.0


class _Cut(Exception):  # noqa: N818 - no fault to be told, only a reason to ask again
    """The connection ended before the file did."""


AS_THE_SYSTEM_HAS_IT = Network()


def download(
    wanted: Wanted,
    part: Path,
    *,
    progress: Progress,
    network: Network = AS_THE_SYSTEM_HAS_IT,
) -> bytes:
    """Return the file's bytes; part keeps what has come until then.

    After a cut it is asked for the rest, a pause later and ATTEMPTS_MAX times in all.
    Raises ModelError for an address that answers with something else, and where the file has not
    come at the end.
    """
    opener = _opener(network)
    until_s = time.monotonic() + network.total_s
    why = ""
    for attempt in range(ATTEMPTS_MAX):
        if attempt:
            progress(f"{why}; asking again for the rest")
            time.sleep(network.pause_s)
        try:
            _ask(opener, wanted, part, silence_s=network.silence_s, until_s=until_s)
        except _Cut as cut:
            why = str(cut)
            continue
        return _whole(wanted, part)
    raise _refused(wanted, f"{why}, after {ATTEMPTS_MAX} attempts; {_kept(part)} bytes have come")


def _ask(
    opener: urllib.request.OpenerDirector,
    wanted: Wanted,
    part: Path,
    *,
    silence_s: float,
    until_s: float,
) -> None:
    """Ask once for what is missing. Raises _Cut where not all of it comes."""
    have = _kept(part)
    if have == wanted.size_bytes:
        return
    headers = {"User-Agent": "edge-agent", "Accept-Encoding": "identity"}
    if 0 < have < wanted.size_bytes:
        headers["Range"] = f"bytes={have}-"
    request = urllib.request.Request(wanted.url, headers=headers)  # noqa: S310 - https only: the card's pattern, and the opener knows no other
    try:
        with opener.open(request, timeout=silence_s) as response:
            begin = _begin(wanted, response.status, response.headers, part, have)
            _keep(response, wanted, part, begin=begin, until_s=until_s)
    except urllib.error.HTTPError as error:
        raise _answered(wanted, error, part) from error
    except urllib.error.URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            said = f"its certificate is not believed: {error.reason.verify_message}"
            raise _refused(wanted, said) from error
        raise _Cut(f"no connection: {error.reason}") from error
    except (http.client.HTTPException, OSError) as error:
        said = str(error) or type(error).__name__
        raise _Cut(f"the connection was cut after {_kept(part)} bytes: {said}") from error


def _begin(wanted: Wanted, status: int, headers: Message, part: Path, have: int) -> int:
    """Return at which byte of the file the answer begins; 0 where it is all of it."""
    if status == HTTPStatus.PARTIAL_CONTENT:
        said = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", ""))
        if said is None or (int(said[1]), int(said[2])) != (have, wanted.size_bytes):
            part.unlink(missing_ok=True)
            raise _Cut("the server sent another part than the one asked for")
        return have
    if status != HTTPStatus.OK:
        raise _refused(wanted, f"it answers {status}")
    length = headers.get("Content-Length")
    if length is not None and length != str(wanted.size_bytes):
        raise _refused(wanted, f"it has {length[:20]} bytes")
    return 0


def _keep(
    response: http.client.HTTPResponse, wanted: Wanted, part: Path, *, begin: int, until_s: float
) -> None:
    """Write what comes behind the first `begin` bytes, and never more than is wanted."""
    have = begin
    with part.open("r+b" if begin else "wb") as file:
        file.truncate(begin)
        file.seek(begin)
        while have < wanted.size_bytes:
            if time.monotonic() > until_s:
                raise _refused(wanted, f"only {have} bytes have come, and the time is over")
            chunk = response.read1(min(_CHUNK_BYTES, wanted.size_bytes - have))
            if not chunk:
                raise _Cut(f"the connection ended after {have} bytes")
            file.write(chunk)
            have += len(chunk)
        surplus = response.read1(1)
    if surplus:
        part.unlink(missing_ok=True)
        raise _refused(wanted, f"more than {wanted.size_bytes} bytes come")


def _answered(wanted: Wanted, error: urllib.error.HTTPError, part: Path) -> Exception:
    """Return what an answer other than the file means: ask again later, or give up."""
    if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        part.unlink(missing_ok=True)
        return _Cut("the server does not know the rest of the file")
    if error.code >= HTTPStatus.INTERNAL_SERVER_ERROR or error.code in (
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.REQUEST_TIMEOUT,
    ):
        return _Cut(f"it answers {error.code}")
    return _refused(wanted, f"it answers {error.code} {error.reason}")


def _whole(wanted: Wanted, part: Path) -> bytes:
    content = part.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 != wanted.sha256:
        part.unlink(missing_ok=True)
        raise _refused(wanted, f"its sha256 is {sha256}, not {wanted.sha256} of the card")
    return content


def _kept(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _refused(wanted: Wanted, what: str) -> ModelError:
    return ModelError(
        f"{wanted.url}: {what}; wanted {wanted.size_bytes} bytes of sha256 {wanted.sha256}: "
        f"{wanted.by_hand}"
    )


class _HttpsRedirects(urllib.request.HTTPRedirectHandler):
    """Follow a redirect only to another https address, and only a few."""

    max_redirections = REDIRECTS_MAX

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if not newurl.lower().startswith("https://"):
            raise ModelError(
                f"{req.full_url}: it leads to {newurl[:200]!r}, wanted an https address: nothing "
                "was fetched; correct the address in the card"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener(network: Network) -> urllib.request.OpenerDirector:
    """Return what opens https addresses, through the network's proxy, and no others."""
    context = network.context or ssl.create_default_context()
    proxies = None if network.proxies is None else dict(network.proxies)
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(proxies),
        urllib.request.HTTPSHandler(context=context),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
        _HttpsRedirects(),
    ):
        opener.add_handler(handler)
    return opener
