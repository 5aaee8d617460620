# SPDX-License-Identifier: Apache-2.0
"""Ask a server on this machine."""

import urllib.request
from collections.abc import Mapping
from pathlib import Path

ASK_S = 10.0


def key_header(store: Path) -> dict[str, str]:
    """Return the header that lets this machine in to a centre with this store; none before it."""
    file = store.with_name("local.key")
    if not file.exists():
        return {}
    return {"Authorization": f"Bearer {file.read_text('ascii').strip()}"}


def ask(url: str, headers: Mapping[str, str]) -> str:
    """Return an answer as it is. Raises OSError where there is none, or it is an error."""
    request = urllib.request.Request(url, headers=dict(headers))  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=ASK_S) as answer:  # noqa: S310 - loopback
        said: bytes = answer.read()
    return said.decode()
