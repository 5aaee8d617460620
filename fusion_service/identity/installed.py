# SPDX-License-Identifier: Apache-2.0
"""Renew certificates where they lie: the broker's, the enrolment service's, the centre's.

Rule 1: the key stays, so that one rename changes all: at no moment do key and certificate differ.
Rule 2: only what this authority made, and has not revoked, is renewed. Rule 3: a file keeps owner and mode.
"""

import os
import signal
import socket
import ssl
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fusion_service.errors import BrokerError, IdentityError
from fusion_service.identity import authority, files
from fusion_service.identity.authority import REVOCATION_LIST, Authority
from fusion_service.identity.issuers import ROOT_CERTIFICATE
from fusion_service.identity.register import Kind

RELOAD_WAIT_S = 10.0
ANSWER_WAIT_S = 5.0
LOOK_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class Installed:
    """What became of one file: when its certificate ends now, and whether this run wrote it or a file beside it."""

    path: Path
    name: str
    ends: datetime
    renewed: bool
    changed: bool


def renew_installed(authority_: Authority, path: Path, *, days: int, now: datetime) -> Installed:
    """Renew the certificate of one file if a third of its life is left, it is over, or its chain is not the newest.

    Beside a server's certificate the trusted certificates and the revocation lists are brought up to date too.
    Raises IdentityError where the file holds none of this authority's, or cannot be written.
    """
    issuers = authority_.issuers
    try:
        content = path.read_bytes()
        certificate = x509.load_pem_x509_certificate(content)
    except (OSError, ValueError) as error:
        raise IdentityError(f"{path}: is no certificate: {error}; name what fusion-service ca server or ca client wrote") from error
    above = issuers.made(certificate)
    if above is None:
        raise IdentityError(f"{path}: was not made by {issuers.directory}; name what fusion-service ca server or ca client wrote")
    if authority_.is_revoked(certificate):
        raise IdentityError(f"{path}: was revoked; issue another with a new key into a new folder")
    holder = _holder(path, certificate)
    due = authority.is_due(certificate, now) or above != issuers.signer(now).certificate
    if due:
        certificate = authority_.reissue(holder, certificate, days=days, now=now)
    wanted = {path: issuers.chain(certificate)}
    if holder.kind is Kind.SERVER:
        lists = (issuers.directory / REVOCATION_LIST).read_bytes()
        beside = {path.with_name(ROOT_CERTIFICATE): issuers.trusted(now), path.with_name(REVOCATION_LIST): lists}
        # Trust and lists first: the broker may be told to read them at any moment.
        wanted = {name: wish for name, wish in beside.items() if name.exists()} | wanted
    changed = [name for name, wish in wanted.items() if name.read_bytes() != wish]
    try:
        for name in changed:
            files.replace_as_it_was(name, wanted[name])
    except OSError as error:
        raise IdentityError(f"{path}: {error}; run this as a user who may write there") from error
    return Installed(path, holder.name, certificate.not_valid_after_utc, renewed=due, changed=bool(changed))


def reload(broker_pid: Path) -> None:
    """Have the broker read its files again: no connection ends by it. Raises IdentityError where it cannot be told."""
    try:
        os.kill(int(broker_pid.read_text("ascii")), signal.SIGHUP)
    except (OSError, ValueError, OverflowError) as error:
        raise IdentityError(f"{broker_pid}: {error}; name the broker's pid_file, or reload the broker by hand") from error


def wait_until_shown(host: str, port: int, certificate: x509.Certificate) -> None:
    """Wait until a server shows this certificate. Raises BrokerError where it does not, in good time."""
    wanted, deadline_s = files.fingerprint(certificate), time.monotonic() + RELOAD_WAIT_S
    while True:
        shown, why = _shown(host, port)
        if shown == wanted:
            return
        if time.monotonic() > deadline_s:
            seen = why or "still shows another certificate"
            remedy = "may it read the new one? see its log, and restart it"
            raise BrokerError(f"broker {host}:{port}: {seen}; {remedy}")
        time.sleep(LOOK_EVERY_S)


def _shown(host: str, port: int) -> tuple[str | None, str]:
    """Return the fingerprint of what a server shows; it is compared and not trusted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((host, port), ANSWER_WAIT_S) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            der = secure.getpeercert(binary_form=True)
    except OSError as error:
        return None, str(error)
    return (files.fingerprint(x509.load_der_x509_certificate(der)) if der else None), ""


def _holder(path: Path, certificate: x509.Certificate) -> authority.Holder:
    """Return whose certificate it is, as it was issued. Raises IdentityError for a box's, which is renewed over the broker."""
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    if ExtendedKeyUsageOID.SERVER_AUTH in usage:
        hosts = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        first, *others = (str(each) for kind in (x509.DNSName, x509.IPAddress) for each in hosts.get_values_for_type(kind))
        return authority.broker(first, others)
    [name] = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if "/" in str(name.value):
        remedy = "fusion-service renew hands boxes theirs over the broker"
        raise IdentityError(f"{path}: is of the box {name.value!s}; {remedy}")
    return authority.client(str(name.value))
