# SPDX-License-Identifier: Apache-2.0
"""What a process can change that another might see: the whole table of actions."""

from privacy_audit.pairs.means.action import Action
from privacy_audit.pairs.means.objects import actions_on_objects
from privacy_audit.pairs.means.shown import actions_that_show


def actions() -> list[Action]:
    """Return every action, always in the same order."""
    return [*actions_on_objects(), *actions_that_show()]
