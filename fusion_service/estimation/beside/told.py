# SPDX-License-Identifier: Apache-2.0
"""What feeds and people told a centre, which its forecasts go by. No numpy here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fusion_service.context.port import Feed
from fusion_service.shift.state import SiteShift
from fusion_service.store.context import ContextKnown


@dataclass(frozen=True, slots=True)
class Told:
    """What feeds said, which there are, and the shift of a site as it is now."""

    known: ContextKnown
    feeds: Sequence[Feed]
    shift_of: Callable[[str], SiteShift]
