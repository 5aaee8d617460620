# SPDX-License-Identifier: Apache-2.0
"""Say why a network camera gave no stream, by what the decoder logged while it tried. Pure.

Rule: of what the camera has sent only numbers and one word of a fixed form come through, and
nothing of the address.
"""

import re
from collections.abc import Sequence

from edge_agent.errors import CameraFault

_CONNECTS = re.compile(r"Connection to tcp://(\S+?)(?:\?\S*)? failed: (.+)")
_METHOD = re.compile(r"method ([A-Z_]{1,20}) failed: (\d{3})")
_HTTP = re.compile(r"http_code=(\d{3})|HTTP error (\d{3})")
_KIND = re.compile(r"header='Content-Type: ?([a-z0-9.+-]{1,30}/[a-z0-9.+-]{1,40})", re.IGNORECASE)
_ELSEWHERE = re.compile(r"Protocol '[a-z0-9]+' not on whitelist")
_CONNECTED = "Successfully connected"
_UNAUTHORISED, _FORBIDDEN, _NOT_FOUND, _GONE, _NO_SUCH_TRANSPORT = 401, 403, 404, 410, 461
_REDIRECTIONS = range(300, 400)
_OK = 200

Diagnosis = tuple[CameraFault, str]
"""The fault, and the sentence about it."""


def diagnose(
    said: Sequence[str], *, kind: str, peer: str, known: bool, within_s: float, in_time: bool
) -> Diagnosis:
    """Return the fault and the sentence about it.

    kind is rtsp or http; peer is host:port as it stands in an address; known: credentials were
    shown; in_time: it failed before within_s seconds were over.
    """
    text = "\n".join(said)
    judged = (_turned_away(text, peer), _answered(text, known=known), _transport(text))
    found = next((one for one in judged if one is not None), None)
    if found is not None:
        return found
    if not in_time:
        return _nothing_came(within_s, connected=_CONNECTED in text)
    if kind == "http" and (content := _KIND.search(text)):
        return CameraFault.NOT_DECODED, (
            f"what it sends is {content.group(1).lower()}, wanted MJPEG "
            "(multipart/x-mixed-replace); correct camera.url_path"
        )
    return (
        CameraFault.NOT_DECODED,
        (
            f"it answers, and not with a video that {kind} brings; correct camera.source or "
            "camera.url_path"
        ),
    )


def _turned_away(text: str, peer: str) -> Diagnosis | None:
    """Judge a connection that did not come about, and answers that lead to another place."""
    to, reason = next(((one.group(1), one.group(2)) for one in _CONNECTS.finditer(text)), ("", ""))
    codes = [int(one.group(1) or one.group(2)) for one in _HTTP.finditer(text)]
    if (
        _ELSEWHERE.search(text)
        or any(code in _REDIRECTIONS for code in codes)
        or (to and to != peer)
    ):
        return CameraFault.REDIRECTED, (
            "it sends us on to another place, which the box does not follow; ask the camera "
            "for its own address of the stream"
            " and put that into camera"
        )
    if "Connection refused" in reason:
        return CameraFault.REFUSED, (
            "the connection is refused: somebody is there and nobody listens at this port; "
            "correct camera.port, or turn the"
            " stream on in the camera"
        )
    if "timed out" in reason:
        return (
            CameraFault.NO_ANSWER,
            "nobody answers at this address; is it on, and is camera.host right?",
        )
    if reason:
        return (
            CameraFault.UNREACHABLE,
            "there is no way to this address; look at the cable, the network and camera.host",
        )
    return None


def _answered(text: str, *, known: bool) -> Diagnosis | None:
    """Judge a number that stands for a refusal."""
    method, code = next(
        ((one.group(1), int(one.group(2))) for one in _METHOD.finditer(text)), ("GET", 0)
    )
    code = code or next((int(one.group(1) or one.group(2)) for one in _HTTP.finditer(text)), _OK)
    if code == _UNAUTHORISED and not known:
        return (
            CameraFault.NO_ENTRY,
            "it wants a user and a password (401); name a file with them: camera.credentials_file",
        )
    if code in (_UNAUTHORISED, _FORBIDDEN):
        return (
            CameraFault.NO_ENTRY,
            f"it refuses the user or the password ({code}); correct camera.credentials_file",
        )
    if code in (_NOT_FOUND, _GONE):
        return (
            CameraFault.NO_SUCH_PATH,
            f"it knows no such stream ({code}); correct camera.url_path",
        )
    if code == _NO_SUCH_TRANSPORT:
        return (
            CameraFault.UDP_ONLY,
            (
                "it offers its stream over UDP only (461), wanted TCP; turn RTSP over TCP on in "
                "the camera"
            ),
        )
    if code != _OK:
        return (
            CameraFault.OTHER_ANSWER,
            (
                f"it answers {method} with {code}; look at the camera's own pages, and at "
                "camera.url_path"
            ),
        )
    return None


def _transport(text: str) -> Diagnosis | None:
    if "Nonmatching transport" in text:
        return (
            CameraFault.UDP_ONLY,
            "it offers its stream over UDP only, wanted TCP; turn RTSP over TCP on in the camera",
        )
    if "End of file" in text:
        return (
            CameraFault.OTHER_ANSWER,
            (
                "it ends the connection without a word; is camera.source right, and are too many "
                "watching?"
            ),
        )
    return None


def _nothing_came(within_s: float, *, connected: bool) -> Diagnosis:
    who = (
        "it takes the connection and says nothing"
        if connected
        else "nobody answers at this address"
    )
    return (
        CameraFault.NO_ANSWER,
        f"{who} within {within_s:g} s; is it on, and are camera.host and camera.port right?",
    )
