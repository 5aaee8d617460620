# SPDX-License-Identifier: Apache-2.0
"""A supervisor has what the uplink wrote down looked at by a process, for each news once."""

import time
from pathlib import Path

from edge_agent.config.schema import Config, load
from edge_agent.processes.launch import outbox_path
from edge_agent.processes.supervision.broker_admission import AGAIN_S, BrokerAdmission, places_of
from edge_agent.uplink.broker_files import ADMITTED, SIGNED, read_admitted
from tests.end_to_end.test_moved_broker import signed
from tests.fusion_service.identity.secure_broker import A, Identities, files

EXAMPLE = Path(__file__).parents[4] / "firmware_configs" / "examples" / "vtest.toml"


def config_of(folder: Path, identities: Identities) -> Config:
    ca, certificate, key = files(identities.device(*A))
    settings = (
        f"broker.ca_file={ca}",
        f"broker.certificate_file={certificate}",
        f"broker.key_file={key}",
    )
    config = load(
        EXAMPLE,
        (*settings, f"site={A[0]}", f"device={A[1]}", f"store.directory={folder / 'store'}"),
    )
    outbox_path(config).parent.mkdir(parents=True)
    return config


def ended(admission: BrokerAdmission) -> None:
    assert admission._process is not None, "nothing was started"
    admission.end()


def test_what_is_written_down_is_looked_at_once_and_the_next_not_before_its_time(
    tmp_path: Path,
) -> None:
    identities = Identities(tmp_path / "identities")
    config = config_of(tmp_path, identities)
    heard, told = outbox_path(config).parent / SIGNED, outbox_path(config).parent / ADMITTED
    admission = BrokerAdmission(config)
    admission.begin()
    admission.turn(0.0)
    assert admission._process is None, "a box that never heard of another broker starts nothing"
    heard.write_bytes(signed(identities, A, 8883, 7))
    admission.turn(1.0)
    ended(admission)
    assert (
        read_admitted(told).serial,
        read_admitted(config.store.directory / ADMITTED).serial,
    ) == (7, 7)
    for later_s in (2.0, 60.0):
        admission.turn(later_s)
        assert admission._process is None, "it was looked at"
    for number in (8, 9):
        heard.write_bytes(signed(identities, A, 8883, number))
        admission.turn(100.0 + number / 10)
        if number == 8:
            ended(admission)
    assert admission._process is None
    assert read_admitted(told).serial == 8
    admission.turn(101.0 + AGAIN_S)
    ended(admission)
    assert read_admitted(told).serial == 9
    # After a restart what was admitted is told again, before the uplink starts: the firewall may be
    # as the installer laid it.
    told.unlink()
    BrokerAdmission(config).begin()
    assert read_admitted(told).serial == 9


def test_a_box_without_a_root_believes_nobody(tmp_path: Path) -> None:
    config = load(EXAMPLE, (f"store.directory={tmp_path / 'store'}",))
    assert places_of(config) is None
    outbox_path(config).parent.mkdir(parents=True)
    (outbox_path(config).parent / SIGNED).write_bytes(b"anything")
    admission = BrokerAdmission(config)
    admission.begin()
    admission.turn(time.monotonic())
    assert admission._process is None
