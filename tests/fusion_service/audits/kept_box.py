# SPDX-License-Identifier: Apache-2.0
"""A store with one box that has spoken, through the real intake."""

import threading
from dataclasses import dataclass, field
from pathlib import Path

from fusion_service.audits.bringing import Shown, auditors_of, bring_in
from fusion_service.config import IngestConfig, RetentionConfig
from fusion_service.ingest.intake import Intake
from fusion_service.store.sqlite.audit.keeper import SqliteAudits
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.writer import Writer
from tests.fusion_service.audits.made_audit import auditor_keys
from tests.fusion_service.box import Box
from tests.fusion_service.memory_inbox import MemoryInbox
from wire_contract.messages.report import Level
from wire_contract.topics import Channel

NOW_MS = 1_800_000_300_000


@dataclass
class KeptBox:
    """One store, one box, and what is asked of them."""

    path: Path
    box: Box = field(default_factory=Box)

    def __post_init__(self) -> None:
        with self.writer() as store:
            key = self.box.public_key
            store.add_device("beach", "pier-1", key, test_site=False, added_ms=5)
        self.audits = SqliteAudits(self.path, size_mib_max=64)
        self.reader = Reader(self.path)

    def writer(self) -> Writer:
        return Writer(self.path, size_mib_max=64, dead_letters_max=50)

    def speak(self, *, software: str = "2.0.0") -> None:
        """Have the box say what it is, and send two windows; a stranger speaks as it too."""
        inbox, stop = MemoryInbox(), threading.Event()
        stop.set()
        meta = self.box.meta(1, software=software, level=Level.STANDARD)
        inbox.send(self.box.topic(Channel.META), self.box.seal(meta, Channel.META))
        for sequence in (2, 3):
            report = self.box.report(sequence, level=Level.STANDARD)
            inbox.send(self.box.topic(), self.box.seal(report))
        inbox.send(self.box.topic(), Box().seal(self.box.report(4)))
        with self.writer() as store:
            now_ms = lambda: NOW_MS  # noqa: E731 - a clock
            Intake(inbox, store, IngestConfig(batch_ms=0), RetentionConfig(), now_ms=now_ms).run(
                stop
            )

    def bring(self, raw: bytes, *, now_ms: int = NOW_MS) -> Shown:
        return bring_in(
            raw,
            auditors_of(auditor_keys()),
            self.reader,
            self.audits,
            by="person-1",
            now_ms=now_ms,
        )
