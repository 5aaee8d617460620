# SPDX-License-Identifier: Apache-2.0
"""Where the two processes of a session are to be, and what they get."""

from dataclasses import replace

from edge_agent.config.schema import Config
from edge_agent.confinement.enter import Plan
from edge_agent.confinement.kernel.namespaces import User
from edge_agent.confinement.probe import Expected
from edge_agent.confinement.tables import visible_files
from edge_agent.confinement.tables.policy import Role
from edge_agent.operations.commission.page.certificate import SessionCertificate
from edge_agent.operations.commission.settings import SurveyorSettings
from edge_agent.processes.launch import Place, Run, sensor_place, sensor_settings


def surveyor_place(config: Config, *, channel_fd: int) -> Place:
    """Return where the surveyor is to be: where a sensor is, under a user of its own."""
    there = sensor_place(config, channel_fd=channel_fd, feed_fd=None, separate=True)
    groups = there.plan.user.groups if there.plan.user else ()
    user = User(visible_files.SURVEYOR_UID, visible_files.SURVEYOR_UID, groups)
    return Place(
        replace(there.plan, user=user), replace(there.expected, role=Role.SURVEYOR, user=user)
    )


def surveyor_settings(
    config: Config, run: Run, *, channel_fd: int, until_s: float
) -> SurveyorSettings:
    """Return what the surveyor gets: the sensor's settings, without anything to count at.

    Masks that the config has are painted over here too.
    """
    sensor = sensor_settings(config, run, channel_fd=channel_fd, feed_fd=None)
    view = replace(sensor.view, lines=(), zones=(), ground=None, person_heights=())
    return SurveyorSettings(replace(sensor, view=view), until_s)


def page_place(certificate: SessionCertificate, *, listening_fd: int) -> Place:
    """Return where the page is to be: without a network, a store, a camera or anything to write."""
    user = User(visible_files.PAGE_UID, visible_files.PAGE_UID)
    view = visible_files.page_view(tls=(str(certificate.certificate), str(certificate.key)))
    return Place(
        Plan(view=view, user=user, network=False, umask=0o077),
        Expected(Role.PAGE, user, channel_fd=listening_fd),
    )
