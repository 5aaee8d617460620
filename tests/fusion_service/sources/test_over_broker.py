# SPDX-License-Identifier: Apache-2.0
import sqlite3
import threading
from pathlib import Path

from fusion_service.sources.intake import SourceIntake
from fusion_service.sources.keys import hash_of
from fusion_service.sources.over_broker import BrokerIntake
from fusion_service.store.sqlite.sources import SourceFile
from tests.fusion_service.sources.shapes import AXIS_MESSAGE, AXIS_TABLE, WINDOW_S, body, source
from tests.fusion_service.web.sources.test_sources import DRAWN

NOW_MS = (WINDOW_S + 100) * 1000


def test_where_the_store_fails_a_message_waits_until_the_end(tmp_path: Path) -> None:
    told: list[str] = []
    path = tmp_path / "fusion.sqlite"
    with SourceFile(path, size_mib_max=64) as keeper:
        keeper.add("beach", source(AXIS_TABLE).id, hash_of("key"), 1)
        other = sqlite3.connect(path)
        other.execute("ALTER TABLE source_count RENAME TO elsewhere")

        def put_right(sentence: str) -> None:
            told.append(sentence)
            other.execute("ALTER TABLE elsewhere RENAME TO source_count")

        stop = threading.Event()
        intake = BrokerIntake(SourceIntake(keeper, lambda _: DRAWN, lambda: NOW_MS), put_right)
        assert intake.admit("beach", "kiosk-axis", body(AXIS_MESSAGE), stop)
        other.close()
        assert len(told) == 1
        assert "what beach/kiosk-axis says cannot be kept, and waits" in told[0]
        assert keeper.newest_count() == 1
        stop.set()
        assert not intake.admit("beach", "kiosk-axis", body(AXIS_MESSAGE), stop)
