# SPDX-License-Identifier: Apache-2.0
"""Commit messages to a store without signatures, for tests of what is read of it."""

from fusion_service.store.batch import (
    Applied,
    Asked,
    HeardDevice,
    Moving,
    NewEntry,
    NewMeta,
    NewReport,
    NewStream,
    Plan,
    StreamKey,
)
from fusion_service.store.port import Store
from wire_contract.codec import encode
from wire_contract.messages.meta import Meta
from wire_contract.messages.report import Report


def keep(
    store: Store, device_id: int, *messages: Report | Meta, received_ms: int = 0, late: bool = False
) -> Applied:
    """Commit messages of one device in one commit."""
    plan = plan_of(device_id, *messages, received_ms=received_ms, late=late)
    streams = [one.stream for one in plan.moving]
    with store.transaction() as transaction:
        known = transaction.load(Asked({stream: [] for stream in streams}))
        plan.streams += [
            NewStream(stream, received_ms, None)
            for stream in streams
            if stream not in known.former_keys
        ]
        return transaction.apply(plan)


def plan_of(
    device_id: int, *messages: Report | Meta, received_ms: int = 0, late: bool = False
) -> Plan:
    """Plan messages of one device, under a hash that is a part of what they say."""
    plan = Plan(received_ms)
    streams: dict[StreamKey, None] = {}
    for message in messages:
        stream = (device_id, message.stream)
        streams[stream] = None
        payload = encode(message)
        plan.entries.append(NewEntry(stream, message.sequence, payload[:32], payload[:32]))
        if isinstance(message, Meta):
            plan.metas.append(NewMeta(stream, message.sequence, received_ms, payload))
            continue
        plan.reports.append(NewReport(stream, message, received_ms, late, None))
        plan.last[device_id] = (stream, message.sequence)
        plan.outcomes["report", "accepted"] = plan.outcomes.get(("report", "accepted"), 0) + 1
    if plan.reports:
        number = len(plan.reports)
        plan.heard[device_id] = HeardDevice(number, number * late, received_ms)
    plan.moving += [Moving(stream, None, is_compared=False) for stream in streams]
    return plan
