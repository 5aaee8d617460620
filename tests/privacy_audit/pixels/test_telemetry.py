# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest

from edge_agent.config.paths import weights_directory
from edge_agent.confinement.kernel import namespaces
from privacy_audit.finding import Verdict
from privacy_audit.pixels import telemetry
from tests.privacy_audit.bare_box import bare_box

needs_root = pytest.mark.skipif(
    not namespaces.may_separate(), reason="only root can give a library an empty network"
)
needs_model = pytest.mark.skipif(
    not (weights_directory() / "person-ssdlite.onnx").exists(),
    reason="the model is not there; run scripts/test, which fetches it",
)


@needs_root
@needs_model
@pytest.mark.skipif(
    telemetry.reporting_build() is None,
    reason="no build that reports; the set-up for development fetches it",
)
@pytest.mark.skipif(
    bool(telemetry.missing_identities()),
    reason="this machine has no /etc/machine-id, which such a build looks for",
)
def test_a_library_that_reports_is_killed_at_its_socket_and_ours_tries_nothing(
    tmp_path: Path,
) -> None:
    # No sensor runs here whose libraries could be looked through.
    _, reporting, ours = telemetry.look(bare_box(tmp_path))
    assert (reporting.verdict, reporting.controls) == (Verdict.TWIN, 1), reporting.detail
    assert "killed at a socket" in reporting.detail
    assert "deviceid" in reporting.detail
    assert ours.verdict is Verdict.TWIN, ours.detail
    assert list(Path("/tmp").glob("mat-debug-*.log")) == []  # noqa: S108 - where the library puts it
