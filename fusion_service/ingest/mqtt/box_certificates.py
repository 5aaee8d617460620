# SPDX-License-Identifier: Apache-2.0
"""Until when each box's certificate is good, by what stands retained for it on the broker.

`fusion-service renew` hands out every good certificate at each run. What stands there is the newest
that a box has, or takes as soon as it comes in. Rule 1: it is looked at and decides nothing: only
days are shown of it. Rule 2: what is no certificate of that very box is passed over in silence;
more may be said on that topic than this release knows.
"""

import base64
import threading
from collections.abc import Mapping
from types import MappingProxyType

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import NameOID

from wire_contract.codec import decode
from wire_contract.errors import DecodeError, FieldError
from wire_contract.messages.enrolment import Renewal
from wire_contract.topics import Channel, DeviceTopic

BOXES_MAX = 20_000
"""Twice the fleet that one centre takes. Beyond, the box that was heard of longest ago is
forgotten."""

Place = tuple[str, str]
"""A box: its site and its name."""


class BoxCertificates:
    """What is known now, by box. Written by the network thread, read by others."""

    def __init__(self, boxes_max: int = BOXES_MAX) -> None:
        self._boxes_max = boxes_max
        self._lock = threading.Lock()
        self._ends_s: dict[Place, int] = {}

    def hear(self, topic: str, payload: bytes) -> None:
        """Take what stands on a box's certificate topic.

        Nothing stands there of a box that was revoked.
        """
        try:
            place = DeviceTopic.parse(topic)
            box = place.site, place.device
            ends_s = _ends_s(payload, "/".join(box)) if payload else None
        except (DecodeError, FieldError):
            return
        if place.channel is not Channel.CERTIFICATE or (payload and ends_s is None):
            return
        with self._lock:
            self._ends_s.pop(box, None)
            if ends_s is not None:
                self._ends_s[box] = ends_s
            if len(self._ends_s) > self._boxes_max:
                del self._ends_s[next(iter(self._ends_s))]

    def ends_s(self) -> Mapping[Place, int]:
        """Return when each known certificate ends, unix seconds."""
        with self._lock:
            return MappingProxyType(dict(self._ends_s))


def _ends_s(payload: bytes, name: str) -> int | None:
    """Return when the certificate of a message ends, None where it is no certificate of that box.

    Raises DecodeError.
    """
    der = decode(Renewal, payload).certificate
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode(der, validate=True))
        [common] = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return int(certificate.not_valid_after_utc.timestamp()) if common.value == name else None
