# SPDX-License-Identifier: Apache-2.0
"""Keep the process that sees pixels small: one heap, freed memory and unused code given back.

Nothing here changes what is computed. Where the C library is another than GNU's, or the kernel does
not say, nothing happens.
"""

import ctypes
from collections.abc import Iterator
from pathlib import Path

LARGE_BLOCK_BYTES = 4 * 2**20
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # malloc.h of the GNU C library.
_MADV_DONTNEED = 4  # asm-generic/mman-common.h
_SMAPS = Path("/proc/self/smaps")
_MAPPED_FILE_WORDS = 6


def share_one_heap() -> None:
    """Let all threads take memory from one heap, and give large blocks back when they are freed.

    Call it before the first thread starts. Each thread would keep a heap of its own, and the C
    library learns from the first freed frame to keep all that are smaller.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)
        mallopt(_M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES)


def return_freed_memory() -> None:
    """Give freed memory back to the system; after loading the model that is about 20 MB.

    The C library would keep it.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def release_code_pages() -> int:
    """Release the pages of programs and libraries that only the start needed; return their bytes.

    What is needed again comes back from the file by itself, a page at a time, and that is a third
    of it. Left alone is whatever was written to, which no file could give back.
    """
    madvise = getattr(ctypes.CDLL(None), "madvise", None)
    if madvise is None or not _SMAPS.exists():
        return 0
    pieces = list(_clean_code(_SMAPS.read_text("utf-8", "replace").splitlines()))
    for first, last in pieces:
        madvise(ctypes.c_void_p(first), ctypes.c_size_t(last - first), _MADV_DONTNEED)
    return sum(last - first for first, last in pieces)


def _clean_code(rows: list[str]) -> Iterator[tuple[int, int]]:
    """Yield from where to where programs are mapped from files, privately and never written to."""
    piece: tuple[int, int] | None = None
    for row in rows:
        words = row.split(maxsplit=_MAPPED_FILE_WORDS - 1)
        if not words[0].endswith(":"):
            first, last = (int(end, 16) for end in words[0].split("-"))
            program = (
                words[1] == "r-xp" and len(words) == _MAPPED_FILE_WORDS and words[5].startswith("/")
            )
            piece = (first, last) if program else None
        elif words[0] == "Private_Dirty:" and words[1] == "0" and piece is not None:
            yield piece
