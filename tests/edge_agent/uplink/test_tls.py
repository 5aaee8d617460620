# SPDX-License-Identifier: Apache-2.0
import ssl
from pathlib import Path

import pytest

from edge_agent.errors import LinkError
from edge_agent.uplink.tls import client_context


@pytest.mark.parametrize("content", [None, b"", b"not a certificate"])
def test_tls_files_that_will_not_do_are_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(LinkError, match=r"ca\.pem"):
        client_context(ca_path=str(path), certificate_path=str(path), key_path=str(path))


def test_the_default_context_of_the_standard_library_is_weaker() -> None:
    """A control: what `client_context` asks for is not what one gets without asking."""
    assert ssl.create_default_context().minimum_version < ssl.TLSVersion.TLSv1_3
