# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterator

import pytest

from tests.fusion_service.context.feed_server import FeedServer, feed_server


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with feed_server() as running:
        yield running
