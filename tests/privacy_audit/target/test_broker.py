# SPDX-License-Identifier: Apache-2.0
"""The broker that an audit starts, and who may come in at it."""

from pathlib import Path

import pytest

from edge_agent.errors import LinkError, ProcessError
from privacy_audit.broker.forged_name import forge
from privacy_audit.broker.peer import BrokerPeer, comes_in
from privacy_audit.target.broker import AuditBroker, Identities, access, call, find_program, tls


def test_who_has_a_certificate_comes_in_and_who_has_none_does_not(tmp_path: Path) -> None:
    identities = Identities(tmp_path)
    with AuditBroker(identities.server(), observer=False) as broker:
        box = tls(access(broker.port, identities.device("beach", "pier-1")))
        assert comes_in(broker.port, box)
        assert not comes_in(broker.port, None)
        # Whoever has the root's key makes a name that is let in; what it may do is another matter.
        (tmp_path / "forged").mkdir()
        assert comes_in(
            broker.port, tls(access(broker.port, forge(tmp_path / "ca", "#", tmp_path / "forged")))
        )
        with BrokerPeer(broker.port, box) as peer:
            peer.hear("pc/v1/fusion/state")
            assert peer.heard == []
        port = broker.port
    with pytest.raises(LinkError, match="did not let a client in"):
        BrokerPeer(port, box)


def test_a_program_that_is_missing_or_fails_is_one_sentence() -> None:
    with pytest.raises(ProcessError, match="mosquito-net: not found"):
        find_program("mosquito-net")
    with pytest.raises(ProcessError, match=r"ended with 1: .*no-such"):
        call("edge-agent", "check", "/no-such.toml")
