# SPDX-License-Identifier: Apache-2.0
"""What a server of ours shows: the certificate that lies there now.

A timer renews it, and a service runs for months.

Rule: only whole files are taken. Where the new ones will not do, the log says so and the ones of
before go on.
"""

import contextlib
import logging
import os
import ssl
from collections.abc import Callable
from typing import Any, TypeAlias

log = logging.getLogger(__name__)

_Path: TypeAlias = str | bytes | os.PathLike[str] | os.PathLike[bytes]
_Password: TypeAlias = Callable[[], str | bytes | bytearray] | str | bytes | bytearray | None


class RenewedContext(ssl.SSLContext):
    """A TLS server's settings that look at their files before each hand-shake.

    A look costs two system calls.
    """

    _certificate: _Path | None = None
    _key: _Path | None = None
    _stamp: tuple[int, ...] = ()

    def load_cert_chain(
        self, certfile: _Path, keyfile: _Path | None = None, password: _Password = None
    ) -> None:
        """Show the certificate of these files, and of what is put in their place later."""
        stamp = _stamp_of(certfile, keyfile)
        super().load_cert_chain(certfile, keyfile, password)
        self._certificate, self._key, self._stamp = certfile, keyfile, stamp

    def wrap_bio(self, *args: Any, **more: Any) -> ssl.SSLObject:  # noqa: ANN401 - handed on as they come
        """Begin a connection, as asyncio does, with what lies there now."""
        if self._certificate is not None and _stamp_of(self._certificate, self._key) != self._stamp:
            self._look_again(self._certificate)
        return super().wrap_bio(*args, **more)

    def _look_again(self, certificate: _Path) -> None:
        self._stamp = _stamp_of(
            certificate, self._key
        )  # also of files that will not do, so that they are told once
        try:
            # First beside us: a certificate whose key is another would be half taken, and nobody
            # served.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, self._key)
            super().load_cert_chain(certificate, self._key)
        except OSError as error:  # ssl.SSLError is one
            log.error("%s: %s; going on with the certificate of before", certificate, error)  # noqa: TRY400 - a stack would bury it
            return
        log.info("shows the certificate that is now in %s", certificate)


def _stamp_of(*paths: _Path | None) -> tuple[int, ...]:
    """Return what changes when one of these files is written anew."""
    found: list[int] = []
    for path in paths:
        with contextlib.suppress(OSError):
            if path is not None:
                state = os.stat(path)  # noqa: PTH116 - a path may be bytes here
                found += (state.st_ino, state.st_mtime_ns, state.st_size)
    return tuple(found)
