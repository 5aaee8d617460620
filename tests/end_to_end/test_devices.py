# SPDX-License-Identifier: Apache-2.0
"""Boxes are renamed, retired and replaced by command.

Real TLS, the shipped access list, a running centre.
"""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from development.testbed.verbs import ended_verb
from tests.end_to_end.real_box import RealBox, command, while_turning
from tests.end_to_end.test_home_assistant import ENABLED, allow
from tests.fusion_service.box import Box
from tests.fusion_service.centre import Centre, until
from tests.fusion_service.identity.secure_broker import (
    HOST,
    A,
    Identities,
    Peer,
    SecureBroker,
    context,
    enter,
    files,
)
from wire_contract.messages.enrolment import Token
from wire_contract.messages.report import Level
from wire_contract.topics import Channel, DeviceTopic

NAME = "/".join(A)
FENCE = DeviceTopic("fence", "fence", Channel.ACK).text


@pytest.fixture
def identities(tmp_path: Path) -> Identities:
    return Identities(tmp_path / "identities")


@pytest.fixture
def broker(identities: Identities) -> Iterator[SecureBroker]:
    with SecureBroker(identities) as running:
        yield running


@pytest.fixture
def centre(tmp_path: Path, identities: Identities, broker: SecureBroker) -> Iterator[Centre]:
    with centre_of(tmp_path, identities, broker) as service:
        yield service


def centre_of(folder: Path, identities: Identities, broker: SecureBroker, more: str = "") -> Centre:
    trusted, certificate, key = files(identities.client("fusion"))
    tls = f'host = "{HOST}"\nca = "{trusted}"\ncertificate = "{certificate}"\nkey = "{key}"'
    return Centre(folder / "centre", broker.port, broker=tls, ingest=more)


def device(verb: str, centre: Centre, *more: object, code: int = 0) -> str:
    return command("device", verb, *more, "--config", centre.config, code=code)


def listed(centre: Centre) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(device("list", centre, "--json"))
    return rows


def own_folder(broker: SecureBroker) -> tuple[object, ...]:
    return "--crl", broker.folder / "crl.pem", "--broker-pid", broker.folder / "mosquitto.pid"


def retained(identities: Identities, broker: SecureBroker, under: str) -> set[str]:
    """Return the topics under which the broker retains something.

    What somebody hears who comes in now.
    """
    acl = broker.folder / "acl"
    if "user looks\n" not in acl.read_text():
        acl.write_text(f"{acl.read_text()}\nuser looks\ntopic read #\n")
        broker.reload()
        identities.client("looks")
    with Peer(broker.port, context(identities.folder / "looks")) as one:
        one.hear("#")
        with Peer(broker.port, context(identities.folder / "fusion-fence")) as other:
            other.say(FENCE, b"fence")
        one.wait_for(FENCE, b"fence")
        return {topic for topic, _ in one.heard if topic.startswith(under)}


def window_of(box: Box, sequence: int) -> bytes:
    """Sign a window that has ended just now, of a length that keeps it apart from others."""
    end_s = int(time.time()) - 1
    return box.seal(box.report(sequence, start_s=end_s - 2, length_s=2, level=Level.STANDARD))


def test_a_retired_box_is_let_in_no_more_and_nothing_of_it_is_retained(
    tmp_path: Path, identities: Identities, broker: SecureBroker, centre: Centre
) -> None:
    box = RealBox(tmp_path / "box", identities.device(*A), broker.port)
    centre.enrol(box.signer)
    box.delivers()
    told = while_turning(
        box, lambda: device("retire", centre, NAME, "--ca", identities.ca, *own_folder(broker))
    )
    assert f"{NAME} retired: what it counted stays" in told
    assert "lets it in no more" in told
    assert "5 topics of beach/pier-1 cleared at the broker" in told
    assert "revoked" in enter(broker.port, context(identities.folder / "beach.pier-1"))
    shown = centre.get(f"/v1/devices/{NAME}")
    assert (
        shown["retired_at"] is not None,
        shown["reports"],
        [one["event"] for one in shown["history"]],
    ) == (
        True,
        1,
        ["enrolled", "retired"],
    )
    [row] = listed(centre)
    assert (row["state"], row["reports"]) == ("retired", 1)
    assert "enrolled; " in row["history_line"]
    assert " retired" in device("list", centre)
    told = device("retire", centre, NAME, "--undo")
    assert "is in service again" in told
    box.uplink.close()


def test_a_box_takes_the_place_of_another_and_late_reports_of_the_one_before_count(
    tmp_path: Path, identities: Identities, broker: SecureBroker, centre: Centre
) -> None:
    old, new = Box(*A), Box(*A)
    centre.enrol(old)
    first, late = window_of(old, 1), window_of(old, 2)
    with Peer(broker.port, context(identities.device(*A))) as peer:
        assert peer.say(old.topic(), first) == "Success"
        until(lambda: centre.upto(old) == 1, "the first report")
    time.sleep(1.1)  # a window is dated in whole seconds: these have ended before the swap
    key = new.write_public_key(tmp_path)
    told = device("replace", centre, NAME, "--ca", identities.ca, "--public-key", key)
    assert "beach/pier-1 replaced: " in told
    assert "1 certificates revoked" in told
    assert "1 topics of beach/pier-1 cleared" in told
    with Peer(broker.port, context(identities.device(*A, out="new-box"))) as peer:
        assert peer.say(new.topic(), window_of(new, 1)) == "Success"
        until(lambda: centre.upto(new) == 1, "the new box's report")
        # What the old box had said before the swap may come by whatever way; and what it says now
        # is refused.
        assert peer.say(old.topic(), late) == "Success"
        assert (
            peer.say(
                old.topic(), old.seal(old.report(3, start_s=int(time.time()) - 2, length_s=60))
            )
            == "Success"
        )
        until(lambda: centre.outcomes().get(("report", "replaced-device")) == 1, "the refusal")
    shown = centre.get(f"/v1/devices/{NAME}")
    assert (shown["reports"], shown["stream"]["stream"]) == (3, new.stream)
    windows = centre.get(f"/v1/devices/{NAME}/windows")["items"]
    assert {window["stream"] for window in windows} == {old.stream, new.stream}
    now_s = int(time.time())
    series = centre.get(
        f"/v1/series/lines?site={A[0]}&device={A[1]}&line=door&from={now_s - 60}&to={now_s}&step=60"
    )
    assert series["steps"][0]["in_sum"] == 3
    assert device("replace", centre, NAME, "--public-key", key).startswith(
        f"{NAME} has this key already"
    )
    [row] = listed(centre)
    assert row["history_line"].count(";") == 1
    assert "replaced key " in row["history_line"]


def test_a_token_for_the_box_that_comes_stands_alone_on_stdout(
    identities: Identities, centre: Centre
) -> None:
    old = Box(*A)
    centre.enrol(old)
    identities.device(*A)
    done = ended_verb("device", "replace", NAME, "--ca", identities.ca, "--config", centre.config)
    assert done.returncode == 0, done.stderr
    assert "cleared at the broker" in done.stderr
    [line] = done.stdout.splitlines()
    assert Token.parse(line).device == A[1]


def test_what_is_retained_under_a_name_stays_until_nobody_goes_by_it(
    tmp_path: Path, identities: Identities, broker: SecureBroker
) -> None:
    allow(broker)
    identities.client("fusion-fence")
    acl = broker.folder / "acl"
    acl.write_text(f"{acl.read_text()}\nuser fusion-fence\ntopic write {FENCE}\n")
    broker.restart()
    with ExitStack() as stack:
        centre = stack.enter_context(centre_of(tmp_path, identities, broker, ENABLED))
        box = Box(*A)
        centre.enrol(box)
        with Peer(broker.port, context(identities.device(*A))) as peer:
            assert peer.say(
                box.topic(Channel.META),
                box.seal(box.meta(1, level=Level.STANDARD), Channel.META),
                retain=True,
            ) == ("Success")
            for sequence in (2, 3, 4):  # the first asks whether anything may be shown at all
                assert peer.say(box.topic(), window_of(box, sequence)) == "Success"
                until(lambda: centre.upto(box) == sequence, "the commit")  # noqa: B023 - it ends within the turn
                time.sleep(0.2)
        node = f"homeassistant/sensor/pc_{A[0]}_{A[1]}"
        until(
            lambda: f"{node}/state" in retained(identities, broker, node),
            "what Home Assistant is shown",
        )
        held = retained(identities, broker, f"pc/v1/{NAME}/")
        assert {f"pc/v1/{NAME}/meta", f"pc/v1/{NAME}/ack"} <= held
        told = device("clear", centre, NAME, "--ca", identities.ca, code=1)
        assert "is in service" in told
        device("rename", centre, NAME, "beach/pier-9")
        assert "still goes by this name" in device(
            "clear", centre, NAME, "--ca", identities.ca, code=1
        )
        device("rename", centre, "beach/pier-9", NAME)
        told = device("retire", centre, NAME, "--ca", identities.ca)
        assert "device clear" in told
        assert "topics of beach/pier-1 cleared" in device(
            "clear", centre, NAME, "--ca", identities.ca
        )
        until(
            lambda: retained(identities, broker, f"pc/v1/{NAME}/") == set(),
            "the broker to have forgotten",
        )
        assert retained(identities, broker, node) == set()


def test_a_renamed_box_is_acknowledged_under_the_name_that_it_still_has(
    tmp_path: Path, identities: Identities, broker: SecureBroker, centre: Centre
) -> None:
    box = RealBox(tmp_path / "box", identities.device(*A), broker.port)
    centre.enrol(box.signer)
    box.delivers()
    told = device("rename", centre, NAME, "harbour/gate-7")
    assert "with all that it has counted" in told
    assert "enrol-token harbour/gate-7" in told
    box.delivers()
    shown = centre.get("/v1/devices/harbour/gate-7")
    assert (shown["reports"], shown["former_names"]) == (2, [NAME])
    [row] = listed(centre)
    assert row["history_line"].endswith("renamed beach/pier-1 to harbour/gate-7")
    assert "is not enrolled here" in device("retire", centre, NAME, code=1)
    assert "wanted SITE/DEVICE" in device("rename", centre, NAME, "Harbour", code=2)
    box.uplink.close()
