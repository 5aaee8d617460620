# SPDX-License-Identifier: Apache-2.0
"""Give the centre mutated messages and topics, and see that each is refused by name.

Some are forged and some truly signed.

The messages go where the broker's would: into the intake, over a real store. A mutation may by
chance leave a message valid (the same byte again, another count under a true signature); then it is
counted as accepted and must be so. At the end an honest report must still get in. The last line is
one JSON object; 0 where nothing crashed, grew without bound or went unnamed.
"""

import argparse
import contextlib
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from development.fleet.boxes import Box, make_boxes
from development.fleet.enrolled import enrol
from development.testbed.program import rss_mb
from fusion_service.config import IngestConfig, RetentionConfig
from fusion_service.ingest.examined import Outcome, Received
from fusion_service.ingest.inbox import Delivery
from fusion_service.ingest.intake import Intake
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.writer import Writer
from wire_contract.codec import seal, split
from wire_contract.messages.acknowledgement import Answer
from wire_contract.topics import Channel, DeviceTopic

BOXES = 8
CHUNK = 2_000
DEAD_LETTERS_MAX = 1_000
GROWTH_MB_MAX = 64.0
STORE_MIB_MAX = 4_096
CHANNELS = ("report", "meta", "checkpoint", "state", "ack", "config", "")

ROOM = 1_000


class Inbox:
    """Messages in memory, in the broker's place."""

    def __init__(self) -> None:
        self.waiting: list[Delivery] = []
        self.settled = 0

    def next_batch(self, count_max: int, **_: float) -> list[Delivery]:
        """Return what waits."""
        batch, self.waiting = self.waiting[:count_max], self.waiting[count_max:]
        return batch

    def alone(self) -> contextlib.AbstractContextManager[None]:
        """Nobody else is here."""
        return contextlib.nullcontext()

    def publish(self, topic: DeviceTopic, acknowledgement: Answer) -> None:
        """Take an acknowledgement."""

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Count what was disposed of."""
        self.settled += len(deliveries)

    def returned(self) -> bool:
        """No connection is made anew: there is none."""
        return False

    @property
    def room(self) -> int:
        """As many acknowledgements as there may be."""
        return ROOM


class Mutator:
    """Draw broken messages out of whole ones."""

    def __init__(self, boxes: list[Box], *, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a campaign must be drawn again alike
        self._boxes = boxes
        self._whole = [(box, box.writing.next()) for box in boxes for _ in range(20)]

    def draw(self) -> tuple[str, bytes]:
        """Return a topic and a payload, at least one of them mutated."""
        chance = self._random
        box, (_, envelope, note) = chance.choice(self._whole)
        topic = f"pc/v1/{box.identity.site}/{box.identity.device}/"
        kind = chance.randrange(6)
        if kind == 0:  # bytes changed
            return topic + "report", self._bitten(envelope)
        if (
            kind == 1
            # the signed text, changed and signed again: authentic, but of no use
        ):
            payload, _ = split(envelope)
            return topic + "report", seal(
                Channel.REPORT, self._bitten(payload), box.identity.key.sign
            )
        if kind == 2:  # noqa: PLR2004 - the JSON changed as JSON, and signed again
            return topic + "report", seal(
                Channel.REPORT, self._rearranged(split(envelope)[0]), box.identity.key.sign
            )
        if kind == 3:  # noqa: PLR2004 - a checkpoint changed
            return topic + "checkpoint", self._bitten(note or b"")
        if kind == 4:  # noqa: PLR2004 - whole, but somewhere else
            return self._topic(topic), envelope
        return topic + chance.choice(CHANNELS), chance.randbytes(
            chance.choice((0, 1, 63, 64, 500, 7_000))
        )

    def _bitten(self, raw: bytes) -> bytes:
        chance, out = self._random, bytearray(raw)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(out) + 1)
            way = chance.randrange(4)
            if way == 0 and out:
                out[at % len(out)] ^= 1 << chance.randrange(8)
            elif way == 1:
                del out[at : at + chance.randint(1, 40)]
            elif way == 2:  # noqa: PLR2004 - insert
                out[at:at] = chance.randbytes(chance.randint(1, 40))
            else:
                out[at:at] = out[at : at + chance.randint(1, 200)]
        return bytes(out)

    def _rearranged(self, payload: bytes) -> bytes:
        chance, value = self._random, json.loads(payload)
        strange: tuple[object, ...] = (
            None,
            True,
            -1,
            2**63,
            1.5,
            "",
            "x" * 5_000,
            [],
            {},
            [[[[]]]],
            {"v": {}},
            "../../etc",
            "\0",
            "9" * 40,
        )
        for _ in range(chance.randint(1, 3)):
            key = chance.choice([*value, "extra", "__class__"])
            value[key] = chance.choice(strange)
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()

    def _topic(self, topic: str) -> str:
        chance = self._random
        strange = ("#", "+", "", "..", "x" * 300, "\u202e", "a b", "PIER", "fusion")
        parts = (topic + chance.choice(CHANNELS)).split("/")
        parts[chance.randrange(len(parts))] = chance.choice(strange)
        return "/".join(parts)


def main() -> int:
    """Run the campaign."""
    parser = argparse.ArgumentParser(
        prog="python -m development.chaos.fuzz_ingest", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        verdict = run(Path(folder) / "fusion.db", messages=arguments.messages, seed=arguments.seed)
    print(json.dumps(verdict))
    return 0 if verdict["ok"] else 1


def run(path: Path, *, messages: int, seed: int) -> dict[str, object]:
    """Feed the messages in chunks and return the verdict."""
    boxes = make_boxes(BOXES, site="fuzz", seed=seed, checkpoints=True)
    enrol(path, boxes)
    mutator, inbox, stop = Mutator(boxes, seed=seed), Inbox(), threading.Event()
    stop.set()
    marks: list[float] = []
    with Writer(path, size_mib_max=STORE_MIB_MAX, dead_letters_max=DEAD_LETTERS_MAX) as store:
        intake = Intake(
            inbox,
            store,
            IngestConfig(),
            RetentionConfig(),
            now_ms=lambda: time.time_ns() // 1_000_000,
        )

        def feed(drawn: list[tuple[str, bytes]]) -> None:
            inbox.waiting += [
                Delivery(Received(topic, payload, time.time_ns() // 1_000_000), 1, 1, 0)
                for topic, payload in drawn
            ]
            intake.run(stop)

        for done in range(0, messages, CHUNK):
            feed([mutator.draw() for _ in range(min(CHUNK, messages - done))])
            marks.append(rss_mb(os.getpid()))
        box = boxes[0]
        before = outcomes(path)
        feed([(f"pc/v1/{box.identity.site}/{box.identity.device}/report", box.writing.next()[1])])
        after = outcomes(path)
    named = sum(before.values())
    quarter = max(1, len(marks) // 4)
    growth = sum(marks[-quarter:]) / quarter - sum(marks[quarter : 2 * quarter]) / max(
        1, len(marks[quarter : 2 * quarter])
    )
    counts = Reader(path).counts()
    kept = counts.dead_letters_authentic + counts.dead_letters_unverified
    honest = after[Outcome.ACCEPTED] - before[Outcome.ACCEPTED]
    return {
        "messages": messages,
        "named": named,
        "outcomes": dict(before),
        "settled": inbox.settled,
        "dead_letters_kept": kept,
        "rss_growth_mb": round(growth, 1),
        "store_mb": round(path.stat().st_size / 1e6, 1),
        "honest_report_accepted": honest == 1,
        "ok": named == messages and inbox.settled == messages + 1 and honest == 1
        and kept <= 2 * DEAD_LETTERS_MAX and growth <= GROWTH_MB_MAX,
        "seed": seed,
    }  # fmt: skip


def outcomes(path: Path) -> Counter[str]:
    """Return how many messages ended how, over all channels."""
    totals: Counter[str] = Counter()
    for row in Reader(path).outcomes():
        totals[row.outcome] += row.total
    return totals


if __name__ == "__main__":
    sys.exit(main())
