# SPDX-License-Identifier: Apache-2.0
"""The shipped alert rules in a real Prometheus that scrapes a real centre.

Each ill becomes an alarm.

Windows are of ten seconds, scrapes and evaluations of one; only the rules' `for:` is sixty times
shorter than shipped.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from development.fakes import weather
from development.testbed.box import make_keys
from fusion_service.identity.ca import holders
from tests.end_to_end.real_box import command
from tests.end_to_end.test_sight import film
from tests.end_to_end.whole import Whole
from tests.fusion_service.box import Box
from tests.fusion_service.centre import Centre
from tests.fusion_service.identity.secure_broker import (
    HOST,
    Identities,
    Peer,
    SecureBroker,
    context,
    files,
    now,
)
from tests.prometheus import Prometheus, hastened, program
from wire_contract.codec import encode
from wire_contract.messages.state import Link, State
from wire_contract.quality import QualityCode
from wire_contract.topics import Channel

RULES = Path(__file__).parents[2] / "firmware_configs" / "prometheus" / "people-count.rules.yml"
WINDOW_S = 10
STORE_MIB = 8
ALARM_S = 120.0
FILM = ((15, None, QualityCode.FINE), (20, weather.blocked(1.0), QualityCode.BLOCKED))
PROMISED = {
    "PeopleCountBoxSilent",
    "PeopleCountCameraCovered",
    "PeopleCountBoxCertificateEnds",
    "PeopleCountStoreNearlyFull",
}

pytestmark = pytest.mark.campaign


class Sender:
    """A box over TLS that says its meta and its state, then a window every ten seconds."""

    def __init__(
        self, identities: Identities, centre: Centre, port: int, name: str, *, days: int
    ) -> None:
        self.signer, self._numbers, self._gone = Box("beach", name), count(2), threading.Event()
        folder = identities.folder / name
        identities.authority.issue(holders.device("beach", name), out=folder, days=days, now=now())
        centre.enrol(self.signer)
        state = self.signer.topic(Channel.STATE)
        self.peer = Peer(
            port, context(folder), will=(state, encode(State(1, self.signer.boot, Link.OFFLINE)))
        )
        self.peer.say(state, encode(State(1, self.signer.boot, Link.ONLINE)), retain=True)
        meta = replace(self.signer.meta(1), length_s=WINDOW_S)
        self.peer.say(self.signer.topic(Channel.META), self.signer.seal(meta, Channel.META))
        self._thread = threading.Thread(target=self._send)
        self._thread.start()

    def window(self) -> bytes:
        start_s = int(time.time()) - WINDOW_S
        return self.signer.seal(
            self.signer.report(next(self._numbers), start_s=start_s, length_s=WINDOW_S)
        )

    def unplug(self) -> None:
        self.stop()
        self.peer.vanish()

    def stop(self) -> None:
        self._gone.set()
        self._thread.join()

    def close(self) -> None:
        self.stop()
        self.peer.__exit__()

    def _send(self) -> None:
        while True:
            self.peer.send(self.signer.topic(), self.window())
            if self._gone.wait(WINDOW_S):
                return


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as kept:
        yield kept


def after_s(begun_s: float, holds: Callable[[], bool], what: str) -> float:
    """Wait until something holds; return how long that took, and say it."""
    while not holds():
        assert time.monotonic() - begun_s < ALARM_S, f"waited {ALARM_S} s for {what}"
        time.sleep(0.25)
    waited_s = time.monotonic() - begun_s
    sys.stderr.write(f"{what}: {waited_s:.1f} s\n")
    return waited_s


def run_covered(whole: Whole, identities: Identities) -> None:
    """Run a real box on a street, with something before the lens after a quarter of a minute."""
    whole.folder.mkdir()
    public = make_keys(whole.folder / "keys")
    command(
        "device",
        "add",
        "demo/vtest",
        "--public-key",
        public,
        "--test-site",
        "--config",
        whole.centre.config,
    )
    path = whole.folder / "covered.avi"
    film(whole.street, path, FILM)
    trusted, certificate, key = map(str, files(identities.device("demo", "vtest")))
    settings = {
        "broker__ca_file": trusted,
        "broker__certificate_file": certificate,
        "broker__key_file": key,
    }
    settings |= {
        "camera__path": str(path),
        "camera__fps": "4.0",
        "window__length_s": "5",
        "window__clock": "replay",
    }
    settings |= {"window__replay_epoch_s": str(int(time.time()) // 60 * 60 - 600)}
    settings |= {"detector__input_width_px": "320", "detector__input_height_px": "240"}
    assert whole.run(**settings) == 0, whole.log.read_text()[-2000:]


def test_each_ill_becomes_an_alarm_and_a_fleet_that_is_well_is_none(
    tmp_path: Path, stack: ExitStack, street: Path
) -> None:
    program("prometheus")
    identities = Identities(tmp_path / "identities")
    broker = stack.enter_context(SecureBroker(identities))
    trusted, certificate, key = files(identities.client("fusion", days=90))
    tls = f'ca = "{trusted}"\ncertificate = "{certificate}"\nkey = "{key}"'
    centre = Centre(
        tmp_path / "centre", broker.port, broker=tls, store=f"size_mib_max = {STORE_MIB}"
    )
    stack.enter_context(centre)
    rules = hastened(RULES.read_text(), 60)
    prometheus = stack.enter_context(
        Prometheus(
            tmp_path / "prometheus",
            centre.url.removeprefix("http://"),
            rules,
            centre.store.with_name("local.key"),
        )
    )
    unplugged, _, steady = (
        stack.enter_context(closing(Sender(identities, centre, broker.port, name, days=days)))
        for name, days in (("unplugged", 30), ("ending", 5), ("steady", 30))
    )
    begun_s = time.monotonic()
    after_s(
        begun_s,
        lambda: prometheus.value("count(fusion_device_window_seconds)") == 3,
        "three boxes are watched",
    )
    while time.monotonic() - begun_s < 3 * WINDOW_S:
        assert {name for name, _ in prometheus.firing()} & PROMISED == set()
        time.sleep(0.5)

    # A certificate with five days: the daily run hands out what each box has, and one is nearly
    # over.
    begun_s = time.monotonic()
    command("renew", "--ca", identities.ca, "--broker", f"{HOST}:{broker.port}")
    after_s(
        begun_s,
        lambda: ("PeopleCountBoxCertificateEnds", "ending") in prometheus.firing(),
        "certificate with 5 days",
    )
    assert {
        device for name, device in prometheus.firing() if name == "PeopleCountBoxCertificateEnds"
    } == {"ending"}
    shown = " ".join(command("status", "--config", str(centre.config)).split())
    assert "certificate 4 days" in shown or "│ 4 days" in shown
    assert "certificate of the issuing: 364 days left" in shown

    # A box is unplugged: no farewell, and no window any more.
    begun_s = time.monotonic()
    unplugged.unplug()
    silent_s = after_s(
        begun_s,
        lambda: ("PeopleCountBoxSilent", "unplugged") in prometheus.firing(),
        "box unplugged",
    )
    assert silent_s <= 3 * WINDOW_S
    assert ("PeopleCountBoxSilent", "steady") not in prometheus.firing()

    # A camera is covered: a real box, real pixels.
    whole = Whole(tmp_path / "whole", broker, centre, street)  # type: ignore[arg-type] # its port is all that is asked of a broker
    begun_s = time.monotonic()
    run_covered(whole, identities)
    after_s(
        begun_s,
        lambda: ("PeopleCountCameraCovered", "vtest") in prometheus.firing(),
        "camera covered, with the film of it",
    )

    # The store fills to nine tenths of its bound.
    begun_s = time.monotonic()
    for number in count():
        steady.peer.send(steady.signer.topic(), steady.window())
        if number % 100 == 0:
            time.sleep(0.5)
            if (prometheus.value("fusion_store_bytes / fusion_store_limit_bytes") or 0.0) >= 0.9:
                break
        assert time.monotonic() - begun_s < ALARM_S
    begun_s = time.monotonic()
    after_s(
        begun_s, lambda: ("PeopleCountStoreNearlyFull", "") in prometheus.firing(), "store at 90 %"
    )
    assert ("PeopleCountStoreFails", "") not in prometheus.firing()
