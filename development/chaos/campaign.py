# SPDX-License-Identifier: Apache-2.0
"""A campaign of faults against a real box, broker and centre, judged by a witness outside of them.

The gate runs the rule `exact` on a test site with windows of one second, so that sums compare in
closed form: what the gate announced after its commit is at the centre exactly once, and of what the
sensor wrote at most one window is missing for each death of the gate. Which fault comes when is
drawn from the seed.
"""

import contextlib
import random
import shutil
import sqlite3
import ssl
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import paho.mqtt.client as mqtt
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from paho.mqtt.enums import CallbackAPIVersion

from development.chaos.box import DEVICE, SITE, ChaosBox
from development.chaos.clock import ShiftedClock, why_not
from development.chaos.committed import entries
from development.chaos.disk import Disk
from development.chaos.link import Link, LinkState
from development.chaos.witness import Witness
from development.fleet.identity import BrokerAddress, read_issuer
from development.testbed.broker import ShippedBroker
from development.testbed.centre import Centre
from development.testbed.identities import Identities, broker_settings
from development.testbed.program import call
from fusion_service.identity.ca.certificates import Purpose, Validity, leaf
from fusion_service.registry.history import KEYS_MAX

CERTIFICATE_S = 86_400.0
SHORT_CERTIFICATE_S = 4.0
DRAIN_S = 180.0
CENTRE_DISK_MB = 64
CALM_S = (0.5, 2.5)
"""Between two faults: long enough for most of the box to come back, short enough to hit it while it
does."""
MINUTE_S, DAY_S = 60, 86_400
NEW_YEAR_1970_S = 600
"""Where a board without a clock of its own begins."""
SHIFTS_S = (-DAY_S, -MINUTE_S, MINUTE_S, DAY_S)
REPEATED = 30

REPLACED = "box replaced by another"
GIVE_WAY_WINDOWS = 10


Fault = Callable[[], None]


class Campaign:
    """The stage and its faults.

    Its many attributes are what stands on the stage; a fault touches two or three of them.
    """

    def __init__(self, folder: Path, *, seed: int) -> None:
        self._folder = folder
        self._random = random.Random(seed)  # noqa: S311 - a campaign must be drawn again alike
        identities = Identities(folder)
        self._broker = ShippedBroker(identities)
        self._client = identities.client("fusion")
        self.link = Link(self._broker.port)
        self.link.start()
        self._issue(CERTIFICATE_S)
        self.witness = Witness(folder / "witness.journal")
        through_link = BrokerAddress(self._broker.host, self.link.port, identities.ca / "ca.pem")
        self.box = ChaosBox(folder, through_link, self.witness, seed=seed)
        self._centre_disk = Disk(folder / "centre.img", folder / "centre", megabytes=CENTRE_DISK_MB)
        self.store = folder / "centre" / "fusion.db"
        self._clock = None if why_not() else ShiftedClock(folder, "centre")
        self.centre = self._lay_out("first", self.store, self._clock)
        self._second = self._lay_out("second", None, None)
        self.faults: Counter[str] = Counter()
        self.kinds: dict[str, Fault] = {
            "gate killed": self.box.gate.kill,
            "uplink killed": self.box.uplink.kill,
            "broker killed, its memory lost": self._lose_broker,
            "centre killed": self._lose_centre,
            "link cut": lambda: self._disturb(LinkState.CUT, 0.2, 4.0),
            "link half-open": lambda: self._disturb(LinkState.HALF_OPEN, 2.0, 6.0),
            "link slow": lambda: self._disturb(LinkState.SLOW, 2.0, 6.0),
            "box disk full": lambda: self._fill(self.box.disk),
            "centre disk full": lambda: self._fill(self._centre_disk),
            "power of the box cut": self.box.cut_power,
            "box restarted under another clock": self._change_clock,
            "box a minute ahead, stopped and set right": self._set_right,
            "clock of the box set while it runs": lambda: self._set_clock(self.box.clock),
            "clock of the centre set while it runs": lambda: self._set_clock(self._clock),
            "broker and centre killed together": lambda: self._end_both(kill=True),
            "broker and centre stopped together": lambda: self._end_both(kill=False),
            "a second centre comes and goes": self._visit,
            REPLACED: self._give_way,
            "store of the centre put back from a copy": self._restore,
            "certificate expired and renewed": self._let_expire,
            "delivery duplicated and reordered": self._repeat,
        }

    def start(self) -> None:
        """Start broker, centre, box."""
        self._broker.start()
        self.centre.start()
        self.box.start()

    def rage(self, *, until_s: float) -> None:
        """Do one fault after the other, every kind once before any comes again.

        Stop where none can come any more.
        """
        bag: list[str] = []
        while self.kinds and time.monotonic() < until_s:
            time.sleep(self._random.uniform(*CALM_S) * self.box.length_s)
            if not bag:
                bag = self._random.sample(sorted(self.kinds), len(self.kinds))
            kind = bag.pop()
            self.faults[kind] += 1
            print(f"{time.monotonic() - until_s:8.1f} s  {kind}", file=sys.stderr, flush=True)
            self.kinds[kind]()

    def calm(self) -> float:
        """Let everything come back and drain; return how long that took, seconds."""
        said = ""
        time.sleep(3.0)
        self.box.quiet()
        time.sleep(3.0 * self.box.length_s)
        begun_s = time.monotonic()
        # The gate goes on to announce windows of a silent sensor: what it has announced by now is
        # to come in.
        announced = set(self.witness.announced)
        while time.monotonic() - begun_s < DRAIN_S:
            time.sleep(1.0)
            missing = len(announced - entries(self.store))
            if self.box.gate.alive and not missing:
                break
            gate = "alive" if self.box.gate.alive else "dead"
            state = f"gate {gate}, {self.box.depth()} wait at the box, {missing} not at the centre"
            if state != said:
                print(
                    f"{time.monotonic() - begun_s:8.1f} s  draining: {state}",
                    file=sys.stderr,
                    flush=True,
                )
                said = state
        return time.monotonic() - begun_s

    def stop(self) -> None:
        """End everything that was started."""
        self.box.stop()
        self._second.stop()
        self.centre.stop()
        self._broker.stop()
        with contextlib.suppress(FileNotFoundError):  # a broker that was never started
            shutil.copy(self._broker.folder / "log", self._folder / "broker.log")
        self._broker.remove()
        self.link.stop()
        self._centre_disk.close()

    # --- faults ---------------------------------------------------------------------------------

    def _lose_broker(self) -> None:
        self._broker.kill()
        self._broker.forget()
        time.sleep(self._random.uniform(0.1, 2.0))
        self._broker.start()

    def _lose_centre(self) -> None:
        self.centre.kill()
        time.sleep(self._random.uniform(0.1, 2.0))
        self.centre.start()

    def _disturb(self, state: LinkState, shortest_s: float, longest_s: float) -> None:
        self.link.become(state)
        time.sleep(self._random.uniform(shortest_s, longest_s))
        if state is LinkState.HALF_OPEN:
            # What hung is dead for both ends, as after a modem's reset.
            self.link.become(LinkState.CUT)
        self.link.become(LinkState.FINE)

    def _fill(self, disk: Disk) -> None:
        disk.fill()
        time.sleep(self._random.uniform(2.0, 5.0))
        disk.free()

    def _change_clock(self) -> None:
        shift_s = self._random.choice((*SHIFTS_S, NEW_YEAR_1970_S - int(time.time())))
        for clock_s in (shift_s, 0):
            if self.box.clock is not None:
                self.box.clock.set(clock_s)
            self.box.gate.kill()
            self.box.uplink.kill()
            time.sleep(4.0 * self.box.length_s)

    def _set_right(self) -> None:
        """Date some windows ahead, so that those after a stop begin where others have begun."""
        for clock_s in (MINUTE_S, 0):
            if self.box.clock is not None:
                self.box.clock.set(clock_s)
            self.box.gate.stop()
            self.box.uplink.stop()
            time.sleep(4.0 * self.box.length_s)

    def _set_clock(self, clock: ShiftedClock | None) -> None:
        if clock is not None:
            clock.set(self._random.choice(SHIFTS_S))
            time.sleep(self._random.uniform(2.0, 5.0))
            clock.set(0)

    def _end_both(self, *, kill: bool) -> None:
        both: list[ShippedBroker | Centre] = [self._broker, self.centre]
        for server in self._random.sample(both, 2):
            server.kill() if kill else server.stop()
        time.sleep(self._random.uniform(0.1, 2.0))
        for server in self._random.sample(both, 2):
            server.start()

    def _visit(self) -> None:
        """Let another centre, with a store of its own, speak on this one's broker for a while."""
        self._second.start()
        time.sleep(self._random.uniform(2.0, 5.0))
        self._second.stop()

    def _restore(self) -> None:
        """Take the centre's store back to what it was some windows ago. Boxes keep all of it."""
        copy, config = self._folder / "copy.db", self.centre.config
        copy.unlink(missing_ok=True)
        call("fusion-service", "store", "backup", "--out", copy, "--config", config)
        time.sleep(self._random.uniform(3.0, 8.0) * self.box.length_s)
        self.centre.kill()
        for path in self.store.parent.glob(f"{self.store.name}*"):
            path.unlink()
        call("fusion-service", "store", "restore", copy, "--config", config)
        self.centre.start()

    def _lay_out(self, name: str, store: Path | None, clock: ShiftedClock | None) -> Centre:
        centre = Centre(
            self._folder / name,
            self._broker.port,
            broker=broker_settings(self._client),
            store_path=store,
            environment=None if clock is None else clock.environment,
        )
        centre.add_device(f"{SITE}/{DEVICE}", self.box.public_key, "--test-site")
        return centre

    def _give_way(self) -> None:
        """Replace a box that has said something since the last fault.

        One that has not would prove nothing.
        """
        before, until_s = (
            len(self.witness.announced),
            time.monotonic() + GIVE_WAY_WINDOWS * self.box.length_s,
        )
        while len(self.witness.announced) < before + 2 and time.monotonic() < until_s:
            time.sleep(0.1)
        self.box.give_way(self._replace)
        if self.box.boxes > KEYS_MAX:
            del self.kinds[REPLACED]

    def _replace(self, public_key: Path) -> None:
        for centre in (self.centre, self._second):
            given = ("--public-key", public_key, "--config", centre.config)
            call("fusion-service", "device", "replace", f"{SITE}/{DEVICE}", *given)

    def _let_expire(self) -> None:
        self._issue(SHORT_CERTIFICATE_S)
        self.box.uplink.kill()
        time.sleep(SHORT_CERTIFICATE_S + 1.0)
        self._disturb(LinkState.CUT, 0.5, 1.0)
        time.sleep(2.0)
        self._issue(CERTIFICATE_S)
        self.box.uplink.kill()

    def _issue(self, seconds: float) -> None:
        """Write the box a certificate that ends in so many seconds, with a new key."""
        out, now = self._folder / "box-tls", datetime.now(UTC).replace(microsecond=0)
        out.mkdir(exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = leaf(
            read_issuer(self._folder / "ca"),
            key.public_key(),
            common_name=f"{SITE}/{DEVICE}",
            purpose=Purpose.CLIENT,
            hosts=(),
            serial=x509.random_serial_number(),
            validity=Validity(now - timedelta(days=2), now + timedelta(seconds=seconds)),
        )
        pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        (out / "device.key").write_bytes(key.private_bytes(pem, form, serialization.NoEncryption()))
        (out / "device.key").chmod(0o600)
        (out / "device.pem").write_bytes(certificate.public_bytes(pem))
        shutil.copy(self._folder / "ca" / "ca.pem", out / "ca.pem")

    def _repeat(self) -> None:
        """Send the box's last envelopes again, newest first and each twice, as the box itself."""
        ledger = self.box.disk.folder / "store" / "ledger.db"
        with contextlib.closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as connection:
            rows = connection.execute(
                "SELECT channel, envelope FROM entry ORDER BY sequence DESC LIMIT ?", (REPEATED,)
            ).fetchall()
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=f"{SITE}/{DEVICE}", protocol=mqtt.MQTTv5
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self._folder / "ca" / "ca.pem")
        context.load_cert_chain(
            self._folder / "box-tls" / "device.pem", self._folder / "box-tls" / "device.key"
        )
        client.tls_set_context(context)
        with contextlib.suppress(OSError):
            client.connect("127.0.0.1", self.link.port)
            client.loop_start()
            for channel, envelope in [*rows, *rows]:
                client.publish(f"pc/v1/{SITE}/{DEVICE}/{channel}", envelope, qos=1)
            time.sleep(1.0)
            client.disconnect()
            client.loop_stop()
