# SPDX-License-Identifier: Apache-2.0
"""What the build of the page left beside this module, read once.

Rule: only what lies there at the start is ever served, by its name alone; no request reaches a
file.
"""

import gzip
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FOLDER = Path(__file__).parent / "built"
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""Of all that the build makes; a file of another kind is not served."""


@dataclass(frozen=True)
class Asset:
    """A file of the page."""

    content: bytes
    media_type: str

    @cached_property
    def packed(self) -> bytes:
        """The same packed, by whoever asks first: all of it would be a tenth of a start."""
        return gzip.compress(self.content, mtime=0)


@dataclass(frozen=True, slots=True)
class BuiltPage:
    """The page's shell, and the files that it and they name by their hashed names."""

    shell: bytes
    assets: dict[str, Asset]


def read_built(folder: Path = FOLDER) -> BuiltPage | None:
    """Read what the build left; None where it left no page."""
    try:
        shell = (folder / "index.html").read_bytes()
    except OSError:
        return None
    assets = {
        path.name: Asset(path.read_bytes(), MEDIA_TYPES[path.suffix])
        for path in sorted((folder / "assets").glob("*"))
        if path.suffix in MEDIA_TYPES
    }
    return BuiltPage(shell, assets)


def read_public_shell(folder: Path = FOLDER) -> str | None:
    """Read what is around the public pages, as the build left it; None where it left none."""
    try:
        return (folder / "public.html").read_text("utf-8")
    except OSError:
        return None
