# SPDX-License-Identifier: Apache-2.0
"""The stage of the demonstration: a broker, a centre and a box under var/demo."""

import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from development.demo import page
from development.demo.film import Played
from development.testbed.box import box_program, make_keys
from development.testbed.broker import PlainBroker
from development.testbed.centre import Centre
from development.testbed.guests import Guest, let_in
from development.testbed.program import Program, StageError
from development.testbed.times import unix_s
from edge_agent.store.outbox import Outbox

ROOT = Path(__file__).resolve().parents[2]
STAGE = ROOT / "var" / "demo"
EXAMPLES = ROOT / "firmware_configs" / "examples"
CLIP = ROOT / "var" / "clips" / "vtest.avi"
CONFIG = STAGE / "box.toml"
OUTBOX = STAGE / "box" / "outbox" / "outbox.db"
OUTBOX_BYTES = 16_777_216
SITE = "demo"
STEP_S = 60
"""A zone is estimated each minute."""
FUSED_WAIT_S = 10.0


class Demonstration:
    """What runs while the demonstration does; its words are files of STAGE."""

    def __init__(
        self, centre: Centre, box: Program, device: str, guest: Guest, *, is_drawn: bool
    ) -> None:
        self._centre, self._box, self.name = centre, box, f"{SITE}/{device}"
        self.url, self.guest = centre.url, guest
        self.is_drawn = is_drawn

    def is_playing(self) -> bool:
        """Say whether the box still counts. Raises StageError where it ended with a fault."""
        code = self._box.poll()
        if code:
            raise StageError(f"the box ended with exit code {code}; {self._box.last_words()}")
        return code is None

    def waiting(self) -> str:
        """Return how many reports wait in the outbox, a dash before there is one."""
        if not OUTBOX.exists():
            return "-"
        outbox = Outbox(OUTBOX, bytes_max=OUTBOX_BYTES)
        depth = outbox.depth()
        outbox.close()
        return str(depth)

    def device(self) -> dict[str, Any]:
        """Return the demonstration's device, as the centre's API has it."""
        found: dict[str, Any] = self._centre.get(f"/v1/devices/{self.name}")
        return found

    def fused(self) -> list[dict[str, Any]]:
        """Return the newest estimate of each zone, once the last window is in it; none without one.

        Of a video of somebody else's no site is drawn.
        """
        if not self.is_drawn:
            return []
        newest_s = max(
            (unix_s(one["start"]) + one["length_s"] for one in self.windows()), default=0
        )
        deadline_s = time.monotonic() + FUSED_WAIT_S
        while True:
            zones: list[dict[str, Any]] = self._centre.get(f"/v1/sites/{SITE}/latest")["zones"]
            if zones and all(unix_s(one["at"]) + STEP_S > newest_s for one in zones):
                return zones
            if time.monotonic() > deadline_s:
                return zones
            time.sleep(0.1)

    def windows(self) -> list[dict[str, Any]]:
        """Return every committed window, in order of its start."""
        windows: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = self._centre.get(f"/v1/devices/{self.name}/windows?limit=500{cursor}")
            windows += page["items"]
            if page["next"] is None:
                return sorted(windows, key=lambda window: unix_s(window["start"]))
            cursor = f"&cursor={page['next']}"


def clear() -> None:
    """Empty the stage."""
    shutil.rmtree(STAGE, ignore_errors=True)
    STAGE.mkdir(parents=True)


@contextmanager
def playing(
    played: Played, port: int, settings: Mapping[str, str] | None = None
) -> Iterator[Demonstration]:
    """Run broker, centre and box, in this order, and end them in the other.

    A report that is sent before the centre is connected would wait for the box to send it again.
    Raises StageError where one of them does not come up, or the box ends with a fault.
    """
    CONFIG.write_text(played.config, "utf-8")
    with ExitStack() as stage:
        stage.enter_context(PlainBroker(STAGE, port=port))
        centre = Centre(STAGE, port)
        stage.callback(centre.stop)
        centre.add_device(f"demo/{played.device}", make_keys(STAGE / "keys"), "--test-site")
        if played.site is not None:
            centre.draw(played.site)
        centre.start()
        centre.wait_until_connected()
        guest = let_in(centre.config, page.LOGIN, page.ROLE, language="en")
        box = stage.enter_context(box_program(CONFIG, STAGE / "box.log", settings))
        is_drawn = played.site is not None
        yield Demonstration(centre, box, played.device, guest, is_drawn=is_drawn)
