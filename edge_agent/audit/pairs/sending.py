# SPDX-License-Identifier: Apache-2.0
"""What a process can change that another might see: the whole table of actions."""

from edge_agent.audit.pairs.action import Action
from edge_agent.audit.pairs.objects import actions_on_objects
from edge_agent.audit.pairs.shown import actions_that_show


def actions() -> list[Action]:
    """Return every action, always in the same order."""
    return [*actions_on_objects(), *actions_that_show()]
