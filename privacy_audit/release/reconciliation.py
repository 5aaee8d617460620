# SPDX-License-Identifier: Apache-2.0
"""Follow what left: ledger, broker's capture and centre must tell of the same messages.

The ledger is read from the box's disk.

Everything that the box published but the two state payloads must be a leaf of its ledger and the
other way round; each checkpoint must be the root over what was published, made anew; the centre
must say complete. And the kernel's count of the bytes that the uplink's user sent must be explained
by these messages and what their protocols cost.
"""

import base64
import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_agent.confinement.tables.policy import Role
from edge_agent.keys import SIGNING_PUBLIC
from privacy_audit.finding import Finding, Verdict
from privacy_audit.oracles.merkle import envelope_holds, open_note, root
from privacy_audit.release.byte_accounting import (
    others_of,
)
from privacy_audit.release.sent_bytes import (
    FROM_CENTRE,
    LOGGED,
    SIGNED_HEADS,
    UNSIGNED,
    bytes_of_connection,
    bytes_of_user,
    finding_of,
    open_counter,
    sent_so_far,
    unproven_in_time,
)
from privacy_audit.target.box import AuditedBox, DeliveredMessage, until
from privacy_audit.target.stored_entries import read_envelopes

REPORTS_MIN = 2
WITHIN_WINDOWS, WITHIN_S = 5, 30.0
"""How long to wait for so many reports to have reached all three: windows of the box, and seconds
besides."""
_WRONG_AT_THE_CENTRE = ("complete", "differs", "fork", "broken history", "withheld by the box")
"""What it may say that no time will mend; `complete` is wrong where its root is another than
ours."""


@dataclass(frozen=True, slots=True)
class Trail:
    """What was published, by the broker's capture, and what is logged, by the ledger's file.

    (channel, envelope) in order.
    """

    published: tuple[tuple[str, bytes], ...]
    heads: tuple[bytes, ...]
    states: tuple[bytes, ...]
    strangers: tuple[str, ...]
    logged: tuple[tuple[str, bytes], ...]


def look(box: AuditedBox) -> list[Finding]:
    """Compare the three, then the bytes."""
    if box.capture is None or box.centre is None:
        what = (
            "the box ran before the audit listened at its broker: run the audit where the box does "
            "not run, it starts one"
        )
        return [finding_of("ledger and broker", Verdict.UNPROVEN, what)]
    box_heard = box.capture
    within_s = WITHIN_WINDOWS * box.config.window.length_s + WITHIN_S
    with ExitStack() as opened:
        counter, why = open_counter(box, opened)
        before = after = sent_so_far(box, counter)
        others = False

        def settled() -> bool:
            nonlocal others
            others = others or bool(counter and others_of(box.pids[Role.UPLINK]))
            return _settled(follow(box, box_heard.messages()))

        def explained() -> bool:
            nonlocal after
            after = sent_so_far(box, counter)
            of_user = bytes_of_user(before, after, why)
            fits = others or not (of_user.verdict is Verdict.FELL or of_user.timed)
            return fits and bytes_of_connection(box, after).verdict is not Verdict.FELL

        until(settled, within_s=within_s, every_s=0.5)
        trail = follow(box, box_heard.messages())
        compared = _ledger_and_broker(box, trail)
        found = [compared, _centre(box, 0.0 if compared.verdict is Verdict.FELL else within_s)]
        # What has just been sent may not have been heard yet. What nothing explains stays
        # unexplained, however often one looks.
        until(explained, within_s=within_s, every_s=0.5)
    of_user = _unless_another_sent(bytes_of_user(before, after, why), others=others)
    of_connection = bytes_of_connection(box, after)
    if unheard(follow(box, box_heard.messages())):
        # The observer is behind: what it has not heard yet would explain more.
        of_connection, of_user = (
            unproven_in_time(one.name, one.detail) if one.verdict is Verdict.FELL else one
            for one in (of_connection, of_user)
        )
    return [*found, of_connection, of_user]


def _unless_another_sent(of_user: Finding, *, others: bool) -> Finding:
    """Return what is found of the user's bytes, where other processes may have sent some of them.

    Another process's bytes can only make the count larger; where it fits all the same, it fits.
    """
    if not (others and of_user.verdict is Verdict.FELL):
        return of_user
    what = (
        "another process of the uplink's user ran meanwhile (another box?), and was counted "
        f"too: {of_user.detail}"
    )
    return finding_of(of_user.name, Verdict.UNPROVEN, what)


def follow(box: AuditedBox, messages: Sequence[DeliveredMessage]) -> Trail:
    """Sort what was heard so far, and read the ledger after it.

    What was published must be logged by now.
    """
    own = f"pc/v1/{box.config.site}/{box.config.device}/"
    by_channel: dict[str, list[bytes]] = {}
    published, strangers = [], []
    for message in messages:
        channel = message.topic.removeprefix(own)
        if not message.topic.startswith(own) or channel not in {
            *LOGGED,
            SIGNED_HEADS,
            UNSIGNED,
            FROM_CENTRE,
        }:
            strangers += [] if message.topic == "pc/v1/fusion/state" else [message.topic]
        elif channel in LOGGED:
            published.append((channel, message.payload))
        else:
            by_channel.setdefault(channel, []).append(message.payload)
    heads, states = tuple(by_channel.get(SIGNED_HEADS, ())), tuple(by_channel.get(UNSIGNED, ()))
    return Trail(
        tuple(published),
        heads,
        states,
        tuple(strangers),
        tuple(read_envelopes(box.config.store.directory)),
    )


def faults(trail: Trail, *, key: bytes, site: str, device: str) -> list[str]:
    """Return what does not fit, empty where every message is a leaf and every leaf a message.

    What may be under way is left out.
    """
    logged, published = (
        [envelope for _, envelope in trail.logged],
        [envelope for _, envelope in trail.published],
    )
    wrong = [
        f"a {channel} was published that is no entry of the ledger"
        for channel, one in trail.published
        if one not in logged
    ]
    heard_to = len(logged) - unheard(trail)
    wrong += [
        f"entry {place} of the ledger was never published"
        for place, one in enumerate(logged[:heard_to], 1)
        if one not in published
    ]
    wrong += [f"a {channel} was published again with other bytes" for channel in _doubled(trail)]
    wrong += [
        f"entry {place} is not signed by the box"
        for place, (channel, one) in enumerate(trail.logged, 1)
        if not envelope_holds(key, channel, one)
    ]
    wrong += [
        f"a message on a topic that is not the box's: {topic[:60]}" for topic in trail.strangers
    ]
    wrong += [
        "a state that is not one of the two" for state in trail.states if not _is_state(state)
    ]
    for note in trail.heads:
        head = open_note(key, site, device, note)
        if (
            head is None
            or not 0 < head.size <= len(logged)
            or head.root != root(logged[: head.size])
        ):
            wrong.append("a checkpoint is not the box's signature over what was published")
    return wrong


def unheard(trail: Trail) -> int:
    """Return how many entries at the ledger's end were not heard.

    Messages go out in order, so these may be under way.
    """
    published = {one for _, one in trail.published}
    return next(
        (place for place, (_, one) in enumerate(reversed(trail.logged)) if one in published),
        len(trail.logged),
    )


def _doubled(trail: Trail) -> list[str]:
    """Return the channels in which one place of the stream was published with two contents."""
    places: dict[tuple[Any, Any], bytes] = {}
    found = []
    for channel, envelope in trail.published:
        payload = json.loads(envelope.rpartition(b"\n")[0])
        if (
            places.setdefault((payload.get("stream"), payload.get("sequence")), envelope)
            != envelope
        ):
            found.append(channel)
    return found


def _is_state(payload: bytes) -> bool:
    try:
        state = json.loads(payload)
    except ValueError:
        return False
    boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    return state in [{"v": 1, "boot": boot, "link": link} for link in ("online", "offline")]


def _settled(trail: Trail) -> bool:
    """Say whether there is enough, and nothing on its way.

    It has also settled where something can no longer come right.
    """
    logged, published = {one for _, one in trail.logged}, {one for _, one in trail.published}
    reports = sum(channel == "report" for channel, _ in trail.published)
    return bool(published - logged) or (
        reports >= REPORTS_MIN and published == logged and bool(trail.heads)
    )


def _ledger_and_broker(box: AuditedBox, trail: Trail) -> Finding:
    name, capture = "ledger and broker", box.capture
    key = base64.b64decode((box.config.keys.directory / SIGNING_PUBLIC).read_text("ascii"))
    wrong = faults(trail, key=key, site=box.config.site, device=box.config.device)
    detail = (
        f"{len(trail.published)} signed messages captured, {len(trail.logged)} entries in the "
        "ledger"
    )
    detail += f", {len(trail.heads)} checkpoints"
    if wrong:
        return finding_of(name, Verdict.FELL, f"{detail}: {wrong[0]} ({len(wrong)} such)")
    if capture is not None and capture.overflowed:
        return finding_of(name, Verdict.UNPROVEN, f"{detail}: more came than the capture holds")
    if not trail.heads or len(trail.published) < REPORTS_MIN:
        return unproven_in_time(
            name, f"{detail}: too few to compare; the box has released too little in time"
        )
    if late := unheard(trail):
        return unproven_in_time(
            name, f"{detail}: the last {late} entries had not been heard when the time was over"
        )
    return finding_of(name, Verdict.PROVEN, f"{detail}: the same bytes, each root made anew")


def _centre(box: AuditedBox, within_s: float) -> Finding:
    name, store = "ledger and centre", box.config.store.directory
    told: dict[str, Any] = {}

    def complete() -> bool:
        told.update(_device(box))
        ledger = told.get("ledger") or {}
        if ledger.get("state") != "complete":
            return False
        leaves = [envelope for _, envelope in read_envelopes(store)]
        stream = told.get("stream") or {}
        return (
            bool(stream.get("upto")) and stream.get("root") == root(leaves[: stream["upto"]]).hex()
        )

    if until(complete, within_s=within_s, every_s=0.5):
        ledger = told["ledger"]
        detail = (
            f"the centre says complete up to entry {ledger['size']}, and its root over "
            f"{told['stream']['upto']} is the ledger's"
        )
        return finding_of(name, Verdict.PROVEN, detail)
    ledger = told.get("ledger") or {}
    state = str(ledger.get("state", "nothing"))
    if state not in _WRONG_AT_THE_CENTRE:
        return unproven_in_time(name, f"the centre was not done in time: it says {state}")
    return finding_of(name, Verdict.FELL, f"the centre says {state}: {ledger.get('detail', '')}")


def _device(box: AuditedBox) -> dict[str, Any]:
    """Ask the centre for the box; empty where it does not answer or does not know it."""
    try:
        items = box.centre.ask("/v1/devices")["items"] if box.centre is not None else []
    except (OSError, KeyError, ValueError):
        return {}
    wanted = (box.config.site, box.config.device)
    return next((dict(item) for item in items if (item["site"], item["device"]) == wanted), {})
