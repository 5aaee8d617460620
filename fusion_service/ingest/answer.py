# SPDX-License-Identifier: Apache-2.0
"""What the centre says to a box after a commit, in the version in which the box spoke.

It drops every other. Pure.
"""

from collections.abc import Iterator

from fusion_service.ingest.disposition import Disposed
from wire_contract.messages.acknowledgement import (
    VERSION_1,
    Acknowledgement,
    AcknowledgementV1,
    Answer,
)
from wire_contract.messages.checkpoint import checkpoint_stream


def acknowledgements(disposed: Disposed, version: int, store: str) -> Iterator[Answer]:
    """Yield what is to be said of a stream, its checkpoints first.

    The last one is what the broker keeps for the box.
    """
    stream, compared = disposed.stream, disposed.compared
    if compared is not None:
        name = checkpoint_stream(stream.stream)
        yield _said(version, store, name, compared.size, compared.contradicted, None, compared.size)
    yield _said(
        version, store, stream.stream, stream.upto, stream.rejected, stream.root, stream.held
    )


def _said(
    version: int, store: str, stream: str, upto: int, rejected: int, root: str | None, held: int
) -> Answer:
    if version == VERSION_1:
        return AcknowledgementV1(version, stream, upto, rejected, root)
    return Acknowledgement(version, stream, upto, rejected, root, store, held)
