# SPDX-License-Identifier: Apache-2.0
"""Measure how long a centre takes to come back from a copy.

A store of so many signed reports, copied, put back, started, rebuilt.

The figures are those of `fusion-service store rehearse`, which does the same with a real copy. One
JSON object on the last line.
"""

import argparse
import json
import tempfile
import threading
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

from fusion_service.config import IngestConfig, RetentionConfig  # noqa: E402 - the same
from fusion_service.ingest.intake import Intake  # noqa: E402 - the same
from fusion_service.operations.backups import back_up_into  # noqa: E402 - found only now
from fusion_service.operations.rehearsal import rehearse  # noqa: E402 - the same
from fusion_service.store.sqlite.writer import Writer  # noqa: E402 - the same
from tests.fusion_service.box import START_S, Box  # noqa: E402 - the same
from tests.fusion_service.memory_inbox import MemoryInbox  # noqa: E402 - the same
from wire_contract.messages.report import Level  # noqa: E402 - the same

AT_ONCE = 2_000


def main() -> None:
    """Fill a store, copy it, rehearse."""
    parser = argparse.ArgumentParser(
        prog="measure_recovery.py", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--boxes", type=int, default=20)
    parser.add_argument("--reports", type=int, default=100_000, help="of all boxes together")
    parser.add_argument(
        "--folder", type=Path, help="where store and copy lie for as long as it runs"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="recovery-", dir=given.folder) as name:
        folder = Path(name)
        fill(folder / "fusion.sqlite", boxes=given.boxes, reports=given.reports)
        begun_s = time.monotonic()
        copy = back_up_into(folder / "fusion.sqlite", folder, keep=1, now=datetime.now(UTC))
        backup_s = time.monotonic() - begun_s
        done = rehearse(copy, folder, now=datetime.now(UTC))
    print(
        json.dumps(
            {**asdict(done), "copy": copy.name, "backup_s": backup_s, "recovery_s": done.recovery_s}
        )
    )


def fill(path: Path, *, boxes: int, reports: int) -> None:
    """Commit so many signed reports, in turn of each box, as the service does."""
    made = [Box(device=f"pier-{number}") for number in range(boxes)]
    with Writer(path, size_mib_max=100_000, dead_letters_max=100) as writer:
        inbox = MemoryInbox(received_ms=START_S * 1000)
        last_ms = (START_S + 60 * (reports // boxes + 2)) * 1000  # no window is in the future
        inbox.received_ms = last_ms
        intake = Intake(
            inbox,
            writer,
            IngestConfig(batch_ms=0),
            RetentionConfig(report_days=36_500),
            now_ms=lambda: last_ms,
        )
        for box in made:
            writer.add_device(box.site, box.device, box.public_key, test_site=False, added_ms=0)
        ended = threading.Event()
        ended.set()
        for first in range(0, reports, AT_ONCE):
            for number in range(first, min(first + AT_ONCE, reports)):
                box, sequence = made[number % boxes], number // boxes + 1
                inbox.send(
                    box.topic(),
                    box.seal(
                        box.report(sequence, start_s=START_S + 60 * sequence, level=Level.STANDARD)
                    ),
                )
            intake.run(ended)
            inbox.history.clear()


if __name__ == "__main__":
    main()
