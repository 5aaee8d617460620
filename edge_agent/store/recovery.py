# SPDX-License-Identifier: Apache-2.0
"""Open the ledger of a box, whatever has become of its file.

A sequence that may have been published is never given again.

Where the file was damaged, or ends before what is known to have been handed over, what fits of it
is closed with its head signed as its end, and a new stream follows. The centre then says `broken
history` where more had been published than that.
"""

import json
import logging
from collections.abc import Mapping
from pathlib import Path

from edge_agent.store.layout import LEDGER_FILE
from edge_agent.store.ledger import Ledger
from edge_agent.store.merkle_file import close_ledger
from wire_contract.codec import split
from wire_contract.errors import DecodeError
from wire_contract.merkle import leaf_hash
from wire_contract.messages.checkpoint import checkpoint_stream

log = logging.getLogger("edge_agent.store.recovery")


def open_ledger(
    store: Path, *, bytes_max: int, entries_kept: int, known: Mapping[str, int]
) -> Ledger:
    """Return the ledger to go on in.

    `known` is the highest sequence of each stream that was handed over or acknowledged.
    """
    path = store / LEDGER_FILE
    ledger = Ledger(path, bytes_max=bytes_max, entries_kept=entries_kept, mended=True)
    if not ledger.repaired:
        for entry in ledger.after(ledger.size()):  # of a release whose ledger had no tree
            ledger.grow(entry.sequence, entry.envelope)
    handed_over = max(known.get(ledger.stream, 0), known.get(checkpoint_stream(ledger.stream), 0))
    if not ledger.repaired and handed_over <= ledger.size():
        _name_lost_streams(ledger, store, known)
        return ledger
    if ledger.damage is not None:
        log.error("%s: %s", path, ledger.damage)
    stream = _true_stream(ledger)
    size = ledger.cut_to_what_fits()
    _remove_altered(ledger)
    handed_over = max(known.get(stream, 0), known.get(checkpoint_stream(stream), 0))
    ledger.close()
    close_ledger(store, bytes_max=bytes_max, lost=True)
    fresh = Ledger(path, bytes_max=bytes_max, entries_kept=entries_kept)
    log.error(
        "%s: entries 1 to %d of stream %s are whole; up to %d were handed over; a new stream %s "
        "follows; what the outbox holds is still sent, what was signed after that and is in no "
        "file is lost",
        path,
        size,
        stream,
        handed_over,
        fresh.stream,
    )
    return fresh


def _true_stream(ledger: Ledger) -> str:
    """Return the stream of a repaired ledger.

    Where its own table was lost, that which its payloads name.
    """
    for entry in ledger.after(0, limit=1):
        try:
            named = json.loads(split(entry.envelope)[0]).get("stream")
        except (DecodeError, ValueError, AttributeError):
            continue
        if isinstance(named, str) and named != ledger.stream:
            ledger.change("UPDATE stream SET id = ?", (named,))
            ledger.stream = named
    return ledger.stream


def _remove_altered(ledger: Ledger) -> None:
    """Take out payloads that are not what their hash says: their signature holds no more."""
    for entry in ledger.after(0):
        row = ledger.row(
            "SELECT substr(hashes, 1, 32) FROM leaf WHERE sequence = ?", (entry.sequence,)
        )
        if row is not None and bytes(row[0]) != leaf_hash(entry.envelope):
            log.error(
                "the payload of entry %d of stream %s was altered and is taken out",
                entry.sequence,
                ledger.stream,
            )
            ledger.change("DELETE FROM entry WHERE sequence = ?", (entry.sequence,))


def _name_lost_streams(ledger: Ledger, store: Path, known: Mapping[str, int]) -> None:
    """Say which streams the outbox knows of that no ledger here is of.

    A ledger was moved away, or its file emptied.
    """
    here = {ledger.stream, *(path.name.split(".")[1] for path in store.glob("ledger.*.db"))}
    here |= set() if ledger.follows is None else {ledger.follows.stream}
    here |= {checkpoint_stream(stream) for stream in here}
    for stream in sorted(set(known) - here):
        if not stream.startswith("ffffffff"):
            log.error(
                "%s: there is no ledger of stream %s, of which up to entry %d were handed over; "
                "what was signed after that is lost",
                store,
                stream,
                known[stream],
            )
