# SPDX-License-Identifier: Apache-2.0
"""Start each process of a box with its settings, in its place, with the descriptors it keeps."""

import os

from edge_agent.config.schema import Config
from edge_agent.confinement.kernel import namespaces
from edge_agent.confinement.tables.policy import Role
from edge_agent.processes.launch import begin_run, lay_out_store, place_of, settings_of
from edge_agent.processes.supervision.child import Child
from edge_agent.processes.supervision.feed import Feed


class Starting:
    """What the processes of one run have in common: its slots, and the channel between two of them.

    The channel's writing end stays open here, so that the gate outlives a sensor that is started
    anew.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._run = begin_run(config)
        self._separate = namespaces.may_separate()
        self.channel_out, self.channel_in = os.pipe2(os.O_DIRECT | os.O_CLOEXEC)

    def lay_out_store(self) -> None:
        """Make the store's folders. Raises StoreError."""
        lay_out_store(self._config, separate=self._separate)

    def start(self, child: Child, feed: Feed | None) -> None:
        """Start a process; feed: of a box with a network camera.

        Raises ProcessError where its firewall cannot be laid.
        """
        if feed is not None and child is feed.child:
            feed.start()
            return
        is_sensor = child.role is Role.SENSOR
        channel_fd = self.channel_in if is_sensor else self.channel_out
        feed_fd = feed.reading_fd if feed is not None and is_sensor else None
        inherited = {Role.SENSOR: (channel_fd,), Role.GATE: (channel_fd,)}.get(child.role, ())
        if feed is not None and is_sensor:
            inherited = (*inherited, *feed.handed())
        settings = settings_of(
            child.role, self._config, self._run, channel_fd=channel_fd, feed_fd=feed_fd
        )
        place = place_of(
            child.role,
            self._config,
            channel_fd=channel_fd,
            feed_fd=feed_fd,
            separate=self._separate,
        )
        child.start(settings, place, *inherited)
        if feed is not None and is_sensor:
            feed.forget()

    def end_channel(self) -> None:
        """Close the writing end: once the sensor has ended, the gate reads the end."""
        os.close(self.channel_in)

    def close(self) -> None:
        """Close the reading end."""
        os.close(self.channel_out)
