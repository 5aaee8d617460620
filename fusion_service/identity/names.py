# SPDX-License-Identifier: Apache-2.0
"""What a certificate calls its holder. Pure.

The broker takes the common name for the user name and puts it into its access list
(`pc/v1/%u/report`). So the common name of a device is `SITE/DEVICE`, exactly the two levels that
its topics have, and that of a program of the centre is a single level, which no device's topic has.
Rule: every name passes the wire contract's rule here, so no wildcard, no third level and no blank
is ever signed.
"""

import ipaddress
import re

from cryptography import x509

from fusion_service.errors import IdentityError
from wire_contract.errors import FieldError
from wire_contract.messages.report import NAME

COMMON_NAME_CHARACTERS_MAX = 64
"""X.520, ub-common-name: one less than two names of 32 and the slash need."""
BROKER = "broker"
"""The broker is known by its hosts, which stand in the alternative names; no rule of the access
list names it."""
HOST = re.compile(
    r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*",
    re.ASCII,
)
"""A host name as in RFC 1123, in small letters. No wildcard: a broker is one machine."""


def of_device(site: str, device: str) -> str:
    """Return the common name of a box.

    Raises IdentityError where the broker could not map it to its topics.
    """
    _check(site, "site")
    _check(device, "device")
    name = f"{site}/{device}"
    if len(name) > COMMON_NAME_CHARACTERS_MAX:
        raise IdentityError(
            f"{name}: got {len(name)} characters, wanted at most {COMMON_NAME_CHARACTERS_MAX}, the "
            "longest a certificate's common name may be; shorten the site or the device by one"
        )
    return name


def of_client(name: str) -> str:
    """Return the common name of a program of the centre.

    Raises IdentityError for anything that could be taken for a box.
    """
    _check(name, "client")
    return name


def of_host(host: str) -> x509.GeneralName:
    """Return the alternative name for a host name or an address.

    Raises IdentityError for anything else.
    """
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        pass
    # Four numbers that are no address look like a host name; nobody means that.
    if HOST.fullmatch(host) is None or host.rpartition(".")[2].isdecimal():
        raise IdentityError(
            f"host: got {host[:80]!r}, wanted a host name in small letters or an address, as the "
            "boxes' broker.host"
        )
    return x509.DNSName(host)


def _check(name: str, where: str) -> None:
    try:
        NAME.check(name, where)
    except FieldError as error:
        raise IdentityError(f"{error}; the broker's access list is built on names") from error
