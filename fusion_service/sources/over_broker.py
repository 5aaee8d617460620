# SPDX-License-Identifier: Apache-2.0
"""Let in what sources say over the broker, one message after the other, on a thread of its own.

The broker knows each source by its certificate, and lets it write its own topic only: no message
holds a key. Rule 1: a message is acknowledged to the broker after it was committed or refused. The
same message again is a repetition. Rule 2: where the store fails, the message waits, and no other
is taken.
"""

import logging
import threading
from collections.abc import Callable

from fusion_service.errors import FusionError, StoreError
from fusion_service.sources.intake import SourceIntake
from fusion_service.sources.refusal import SourceRefusedError

AGAIN_S = 1.0
"""How long a message waits where the store fails."""

log = logging.getLogger(__name__)


class BrokerIntake:
    """Who lets in what came over the broker.

    tell: takes what is wrong, a sentence for whoever watches the centre.
    """

    def __init__(self, intake: SourceIntake, tell: Callable[[str], None]) -> None:
        self._intake = intake
        self._tell = tell
        self.strangers = 0
        """Messages of sources that are not in service here, since the start."""

    def admit(self, site: str, name: str, body: bytes, stop: threading.Event) -> bool:
        """Keep or refuse a message; False where the centre ended before the store could."""
        while not stop.is_set():
            try:
                self._admit(site, name, body)
            except StoreError as error:
                self._tell(f"what {site}/{name} says cannot be kept, and waits: {error}")
                stop.wait(AGAIN_S)
            else:
                return True
        return False

    def _admit(self, site: str, name: str, body: bytes) -> None:
        try:
            if self._intake.is_in_service(site, name):
                self._intake.admit_message(site, name, body)
                return
            self.strangers += 1
            self._intake.refuse_stranger(site, name)
            self._tell(
                f"{site}/{name} speaks over the broker and is no source in service here "
                f"({self.strangers} messages refused since the start); fusion-service source add "
                f"{site} {name} makes it one, or take its line out of the broker's acl"
            )
        except SourceRefusedError as error:  # counted with its source
            log.info("%s/%s: %s", site, name, error)
        except StoreError:
            raise
        except FusionError as error:  # it was retired, or its site redrawn, at this very moment
            log.warning("%s/%s: %s", site, name, error)
