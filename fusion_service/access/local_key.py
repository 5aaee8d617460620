# SPDX-License-Identifier: Apache-2.0
"""The key of this machine: made at the first start, in a file that only the centre's user reads.

With it whoever may read the store anyway asks the API: `status`, the demonstration, the audit. It
is renewed by deleting the file and starting the centre again.
"""

import os
from pathlib import Path

from fusion_service.access import secret_text
from fusion_service.access.making import By, Wanted, keep_key
from fusion_service.access.roles import Role
from fusion_service.access.sessions import is_key_open
from fusion_service.errors import AccessError
from fusion_service.ledger.access_log import CENTRE
from fusion_service.private_file import give_to_folder_owner, keep_private
from fusion_service.store.access import AccessKeeper

NAME = "local"
FILE_NAME = "local.key"
_BYTES_MAX = 256


def read_key(path: Path) -> str:
    """Return the key in a file. Raises AccessError where there is none to read."""
    keep_private(path, error=AccessError, group_may_read=True)
    try:
        with path.open("rb") as file:
            key = file.read(_BYTES_MAX).decode("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        what = error.strerror if isinstance(error, OSError) else "not a key"
        raise AccessError(
            f"{path}: {what}; start fusion-service run once, as the user whose store it is, or "
            "name another key's file with --key-file"
        ) from error
    if not key.startswith(secret_text.KEY_MARK):
        raise AccessError(f"{path}: got no key, wanted a line that begins with pck_")
    return key


def ensure_local_key(keeper: AccessKeeper, path: Path, now_ms: int) -> bool:
    """Have the file hold a key that opens; return whether it was made now.

    A file that is there is believed: it lies beside the store, which may be another one by now.
    """
    by = By("", now_ms)
    wanted = Wanted(NAME, Role.ADMIN, CENTRE)
    key = read_key(path) if path.exists() else ""
    if key:
        row = keeper.key(secret_text.hash_of(key))
        if row is not None and is_key_open(row, now_ms):
            return False
        if row is None:
            _revoke_others(keeper, now_ms)
            keep_key(keeper, key, wanted, None, by)
            return False
    _revoke_others(keeper, now_ms)
    key = secret_text.new_key()
    _write_file(path, key)
    keep_key(keeper, key, wanted, None, by)
    return True


def _revoke_others(keeper: AccessKeeper, now_ms: int) -> None:
    for row in keeper.all_keys():
        if row.name == NAME and row.revoked_ms is None:
            keeper.revoke_key(row.id, now_ms)


def _write_file(path: Path, key: str) -> None:
    beside = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            give_to_folder_owner(descriptor, path.parent)
            os.write(descriptor, f"{key}\n".encode("ascii"))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        beside.rename(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise AccessError(
            f"{path}: {error.strerror}; let this user write its folder, or name another with "
            "access.local_key"
        ) from error
