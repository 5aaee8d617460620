# SPDX-License-Identifier: Apache-2.0
"""Where a file lies that ships with the software and that a message names.

In a clone it lies where it stands, else beside the packages.
"""

import sys
from pathlib import PurePath

_PACKAGES = PurePath(__file__).parent.parent.parent
_INSTALLED = _PACKAGES.is_relative_to(sys.prefix)
"""By its path alone: a locked process sees neither the clone nor what lies beside the packages, and
names them all the same."""


def shipped(path: str) -> str:
    """Return where a file is found that the repository has at `path`.

    A wheel has those that pyproject.toml lists, elsewhere.
    """
    if not _INSTALLED:
        return path
    return str(
        PurePath(sys.prefix) / "share" / "people-count" / path.removeprefix("firmware_configs/")
    )
