# SPDX-License-Identifier: Apache-2.0
"""Say what has to be known of a batch before it can be decided. Pure."""

from fusion_service.ingest.examined import (
    Batch,
    Examined,
    Good,
    GoodCheckpoint,
    GoodMeta,
    KeptAnswer,
    Unusable,
    Unverified,
)
from fusion_service.store.batch import Asked, AskedEntry


def asked_of(batch: Batch) -> Asked:
    """Say what has to be known of a batch before it can be decided."""
    asked = Asked()
    for received, examined in batch:
        if isinstance(examined, Good):
            stream = (examined.device.id, examined.message.stream)
            entry = AskedEntry(examined.message.sequence, examined.sha256, received.payload)
            asked.entries.setdefault(stream, []).append(entry)
            if isinstance(examined, GoodMeta):
                asked.metas.append((stream, examined.meta.sequence, examined.meta.config))
        elif isinstance(examined, GoodCheckpoint):
            stream = (examined.device.id, examined.checkpoint.head.stream)
            asked.checkpoints.setdefault(stream, []).append(received.payload)
        elif isinstance(examined, Unusable) and examined.place is not None:
            uuid, sequence = examined.place
            entry = AskedEntry(sequence, examined.sha256, received.payload)
            asked.entries.setdefault((examined.device.id, uuid), []).append(entry)
        elif isinstance(examined, KeptAnswer):
            asked.places.append((examined.site, examined.device, examined.answer.stream))
        if isinstance(examined, Unusable | Unverified) or _signed_before(examined):
            asked.payloads.append(received.payload)
    return asked


def _signed_before(examined: Examined) -> bool:
    """Say whether a box signed it that hung there before: it may have no right to its stream."""
    return isinstance(examined, Good | GoodCheckpoint) and examined.former is not None
