# SPDX-License-Identifier: Apache-2.0
"""What the centre shows the broker: its certificate and key, or a name and a password.

Files that a timer renews while this process runs for months.
"""

import contextlib
import logging
import ssl
from pathlib import Path

from fusion_service.config import BrokerConfig
from fusion_service.errors import BrokerError
from fusion_service.private_file import keep_private

log = logging.getLogger(__name__)


class OwnCertificate:
    """The context of every connection to the broker, with the certificate that lies there now."""

    def __init__(self, config: BrokerConfig) -> None:
        self._config = config
        self.context = tls_of(config)
        self._shown = _stamp(config)
        """Which files the certificate was read from that the centre shows."""

    def renew(self) -> None:
        """Show the certificate that lies there now, where it is another one than before."""
        stamp = _stamp(self._config)
        if stamp == self._shown:
            return
        try:
            # First beside ours: a certificate whose key is another would be half taken, and no
            # connection opened any more.
            show(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), self._config)
            show(self.context, self._config)
        except BrokerError as error:
            log.error("%s; going on with the certificate of before", error)  # noqa: TRY400 - a stack would bury it
            return
        self._shown = stamp
        log.info("comes in with the certificate that is now in %s", self._config.certificate)


def tls_of(config: BrokerConfig) -> ssl.SSLContext:
    """Return what the centre shows a broker, and trusts.

    Raises BrokerError naming the file that will not do.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_verify_locations(config.ca)
    except OSError as error:  # ssl.SSLError is one
        raise BrokerError(
            f"broker.ca: {config.ca}: {error.strerror or error}; name a CA certificate in PEM"
        ) from error
    show(context, config)
    return context


def show(context: ssl.SSLContext, config: BrokerConfig) -> None:
    """Have a context show the certificate that lies there now.

    Raises BrokerError where it or its key will not do.
    """
    if config.certificate is None:
        return
    try:
        if config.key is not None:
            keep_private(config.key, error=BrokerError, group_may_read=True)
        context.load_cert_chain(config.certificate, config.key)
    except OSError as error:
        files = f"{config.certificate} and {config.key}"
        message = (
            f"broker.certificate, broker.key: {files}: {error.strerror or error}; name a "
            "certificate and its key in PEM"
        )
        raise BrokerError(message) from error


def _stamp(config: BrokerConfig) -> tuple[int, ...]:
    """Return what changes when certificate or key are written anew.

    Nothing of a file that is not there.
    """
    found: list[int] = []
    for path in (config.certificate, config.key):
        with contextlib.suppress(OSError):
            if path is not None:
                state = path.stat()
                found += [state.st_ino, state.st_mtime_ns, state.st_size]
    return tuple(found)


def password_in(path: Path) -> str:
    """Return the password of a file. Raises BrokerError where it cannot be read."""
    keep_private(path, error=BrokerError, group_may_read=True)
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BrokerError(
            f"broker.password_file: {path}: {error}; name a file with the password on one line"
        ) from error
