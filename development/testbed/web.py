# SPDX-License-Identifier: Apache-2.0
"""Ask a server on this machine."""

import urllib.error
import urllib.request

ASK_S = 10.0


def ask(url: str) -> str:
    """Return an answer as it is. Raises OSError where there is none, or it is an error."""
    with urllib.request.urlopen(url, timeout=ASK_S) as answer:  # noqa: S310 - loopback
        said: bytes = answer.read()
    return said.decode()
