# SPDX-License-Identifier: Apache-2.0
"""Read the key of a feed from its file: never from an argument, the config or the environment."""

from pathlib import Path

from fusion_service.context.trouble import FeedError
from fusion_service.errors import ConfigError
from fusion_service.private_file import keep_private

KEY_MAX = 4_096


def read_key(path: Path) -> str:
    """Return the key that a file holds on its one line; the file is closed to others.

    Read anew each time, so that a new key needs no restart. Raises FeedError.
    """
    to_do = f"put the key on one line into {path}, for the centre's user alone (chmod 600)"
    try:
        keep_private(path, error=ConfigError)
        with path.open("rb") as file:
            key = file.read(KEY_MAX + 1).decode("ascii").strip()
    except ConfigError as error:
        raise FeedError(str(error), to_do) from error
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it holds no plain text"
        raise FeedError(f"{path}: the key cannot be read: {why}", to_do) from error
    if not key or len(key) > KEY_MAX or not key.isprintable():
        raise FeedError(f"{path}: no key on one line", to_do)
    return key
