# SPDX-License-Identifier: Apache-2.0
"""The TLS settings of the link: version 1.3, our authority only, our own certificate shown."""

import ssl

from edge_agent.errors import LinkError


def client_context(*, ca_path: str, certificate_path: str, key_path: str) -> ssl.SSLContext:
    """Return a context that trusts only the named authority.

    Raises LinkError naming the file that will not do.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_verify_locations(ca_path)
        context.load_cert_chain(certificate_path, key_path)
    except (OSError, ssl.SSLError) as error:
        raise LinkError(
            f"broker: TLS files {ca_path}, {certificate_path}, {key_path}: {error}; check each "
            "path and pair"
        ) from error
    return context
