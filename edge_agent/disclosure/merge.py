# SPDX-License-Identifier: Apache-2.0
"""Let one window stand for several when the store runs out of room. Pure.

Only disclosed windows come in, so nothing more can come out. Sums of crossings are kept; a zone's
mean is that of the time with a count. Dropped windows leave one without counts, coded DROPPED.
"""

from collections.abc import Sequence
from dataclasses import replace

from edge_agent.disclosure.interval.combine import combine_lines, combine_quality, combine_zones
from edge_agent.disclosure.window import DisclosedWindow
from wire_contract.codec import encode
from wire_contract.errors import FieldError
from wire_contract.messages.version_1 import read_stored
from wire_contract.quality import QualityCode


def merge(bodies: Sequence[bytes], windows: Sequence[int]) -> bytes | None:
    """Return one disclosed window for several; windows: how many each stands for already.

    None where a sum leaves its range.
    """
    found = [read_stored(DisclosedWindow, body) for body in bodies]
    last, rule = found[-1], found[0].provenance.rule
    quality = combine_quality([one.image_quality for one in found], windows)
    try:
        lines = combine_lines([one.lines for one in found], windows, rule)
        zones = combine_zones([one.zones for one in found], windows, rule)
    except FieldError:
        return None
    return encode(replace(last, image_quality=quality, lines=lines, zones=zones))


def drop_counts(body: bytes) -> bytes:
    """Return a disclosed window without its counts, which says that they were dropped."""
    window = read_stored(DisclosedWindow, body)
    code = int(QualityCode.DROPPED)
    quality = replace(window.image_quality, code=code, observed=0, rate=0, difficulty=0)
    return encode(replace(window, image_quality=quality, lines=(), zones=()))
