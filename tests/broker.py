# SPDX-License-Identifier: Apache-2.0
"""A real broker for tests: the launcher's, by the name that tests have for it."""

from development.testbed.broker import PlainBroker as Broker
from development.testbed.program import free_port

__all__ = ["Broker", "free_port"]
