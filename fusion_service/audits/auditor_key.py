# SPDX-License-Identifier: Apache-2.0
"""An auditor's key: 32 bytes in base64 in a file of its owner's, on a machine of the auditor's."""

import base64
import binascii
import os
from pathlib import Path
from typing import TYPE_CHECKING

from fusion_service.errors import AuditError
from fusion_service.private_file import keep_private

if TYPE_CHECKING:
    from wire_contract.codec import Sign

KEY_BYTES = 32
FILE_BYTES_MAX = 256


def make_auditor_key(path: Path) -> str:
    """Make a key where no file is; return its public half in base64. Raises AuditError."""
    from nacl.signing import SigningKey  # noqa: PLC0415 - the command line speaks without it

    key = SigningKey.generate()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(bytes(key)) + b"\n")
            os.fsync(file.fileno())
    except OSError as error:
        raise AuditError(f"{path}: {error.strerror}; name a new file") from error
    return base64.b64encode(bytes(key.verify_key)).decode("ascii")


def read_auditor_key(path: Path) -> "Sign":
    """Return what signs with the key of a file. Raises AuditError where it holds none."""
    from nacl.signing import SigningKey  # noqa: PLC0415 - the same

    keep_private(path, error=AuditError)
    try:
        with path.open("rb") as file:
            raw = binascii.a2b_base64(file.read(FILE_BYTES_MAX).strip(), strict_mode=True)
    except (OSError, binascii.Error) as error:
        raise AuditError(f"{path}: no key: {error}; fusion-service audit keygen FILE") from error
    if len(raw) != KEY_BYTES:
        raise AuditError(f"{path}: got {len(raw)} bytes, wanted {KEY_BYTES}; name a key's file")
    key = SigningKey(raw)
    return lambda signed: key.sign(signed).signature
