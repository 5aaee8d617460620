# SPDX-License-Identifier: Apache-2.0
"""A token as a QR code, so that nobody types 130 characters on a ladder.

A file of its owner's alone, or the terminal.
"""

import os
import sys
from io import BytesIO
from pathlib import Path

from fusion_service.errors import IdentityError
from wire_contract.messages.enrolment import Token
from wire_contract.programs.extras import explained

TERMINAL = "-"
SCALE = 6
"""Pixels a module: about 9 cm on a screen."""


class TokenCodes:
    """Where the codes of one command go.

    Made before the first token, so that a token is not made for a code that cannot be.
    """

    def __init__(self, where: str, *, many: bool) -> None:
        """Choose a place: a file, with `many` a folder, or TERMINAL.

        Raises IdentityError where it exists, or segno does not.
        """
        try:
            import segno  # noqa: PLC0415 - only who wants a code needs it
        except ImportError as error:
            raise IdentityError(f"--qr: {explained(error)}") from error
        self._make = segno.make_qr
        self._path, self._many = (None if where == TERMINAL else Path(where)), many
        if self._path is not None:
            if self._path.exists():
                raise IdentityError(
                    f"{self._path}: is there already; name a new {'folder' if many else 'file'}, "
                    "nothing is overwritten"
                )
            if many:
                try:
                    self._path.mkdir(mode=0o700, parents=True)
                except OSError as error:
                    raise IdentityError(
                        f"{self._path}: {error.strerror}; name a folder that this user may make"
                    ) from error

    def show(self, token: Token) -> None:
        """Write or print the code of one token.

        A terminal's code goes to stderr: stdout holds tokens and nothing else.
        """
        code = self._make(token.text, error="m")
        if self._path is None:
            sys.stderr.write(f"{token.site}/{token.device}\n")
            code.terminal(out=sys.stderr, compact=True)
            return
        drawn = BytesIO()
        code.save(drawn, kind="svg", scale=SCALE, xmldecl=False)
        path = self._path / f"{token.site}.{token.device}.svg" if self._many else self._path
        try:
            # It holds the secret: at no moment may another user read it.
            with os.fdopen(
                os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
            ) as file:
                file.write(drawn.getvalue())
        except OSError as error:
            raise IdentityError(
                f"{path}: {error.strerror}; the token above is good, its code was not written"
            ) from error
