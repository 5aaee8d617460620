# SPDX-License-Identifier: Apache-2.0
"""Where models lie: the cards that ship with the software, and the weights that were fetched.

In a clone all are in it (`models/`, `var/models/`); installed, cards are beside the packages and
weights under /var/lib.
"""

import os
import sys
from pathlib import Path

_CLONE = Path(__file__).resolve().parent.parent.parent
DISTRIBUTION = "people-count"


def in_clone() -> bool:
    """Say whether this software runs from a clone of its repository."""
    return (_CLONE / "pyproject.toml").is_file() and (_CLONE / "models").is_dir()


def clone_directory() -> Path | None:
    """Return the clone that this software runs from; None where it is installed."""
    return _CLONE if in_clone() else None


def cards_directory() -> Path:
    """Return the folder with one folder for each model's card."""
    return _CLONE / "models" if in_clone() else Path(sys.prefix) / "share" / DISTRIBUTION / "models"


def weights_directory() -> Path:
    """Return the folder that holds the model files."""
    return _CLONE / "var" / "models" if in_clone() else Path("/var/lib") / DISTRIBUTION / "models"


def why_not_written(folder: Path) -> str:
    """Return why this user may make no file in a folder, which need not be there yet.

    Empty where they may. Leaves nothing.
    """
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not there.is_dir():
        return f"{there} is no folder"
    if not os.access(there, os.W_OK | os.X_OK):
        return f"user {os.geteuid()} may not write in {there}"
    return ""


def broker_directory() -> Path:
    """Return the folder with the broker's settings and access list as they ship."""
    return (
        _CLONE / "firmware_configs" / "broker"
        if in_clone()
        else Path(sys.prefix) / "share" / DISTRIBUTION / "broker"
    )


def units_directory() -> Path:
    """Return the folder with the unit files for systemd."""
    return (
        _CLONE / "firmware_configs" / "systemd"
        if in_clone()
        else Path(sys.prefix) / "share" / DISTRIBUTION / "systemd"
    )
