# SPDX-License-Identifier: Apache-2.0
"""A twin of the sensor: its place, its user, its libraries, its model, its filters.

Refused where the sensor would be killed.

Started by trial through confinement.enter, as the supervisor starts a sensor: `python -I -m
privacy_audit.exits.twin SETTINGS`. The two filters are the sensor's programs with every answer KILL
made an EPERM, so that one process can try everything and live.
"""

import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from edge_agent.confinement import appearance, lock
from edge_agent.confinement.kernel.bpf import Program, compile_policy
from edge_agent.confinement.kernel.calls import PR_SET_DUMPABLE
from edge_agent.confinement.kernel.seccomp import install
from edge_agent.confinement.tables.policy import Policy, Role, Verdict, stage_a, stage_b
from edge_agent.process_settings import read_settings
from privacy_audit.exits.attacker import NEXT, RECORD, attack_until_told
from privacy_audit.exits.attacks.resources import Resources
from privacy_audit.exits.settings import TwinSettings

_RETURN = 0x06
_FRAME_WITHIN_S = 60.0


def spared(policy: Policy, machine: str) -> Program:
    """Return the program of a policy with every KILL made an EPERM, other architectures' too."""
    return tuple(
        replace(step, constant=int(Verdict.EPERM))
        if step.code == _RETURN and step.constant == Verdict.KILL
        else step
        for step in compile_policy(policy, machine)
    )


@contextmanager
def lowest_free(number: int | None) -> Iterator[None]:
    """Let what is opened first inside the block get this number, as it has it in production."""
    fillers: list[int] = []
    if number is not None:
        while (one := os.open(os.devnull, os.O_RDONLY)) < number:
            fillers.append(one)
        os.close(one)
    yield
    for one in fillers:
        os.close(one)


def main(descriptor: int) -> None:
    """Become a sensor, step by step as it does, and attack after each of its two locks."""
    settings = read_settings(TwinSettings, descriptor)
    numbers = settings.numbers
    os.dup2(settings.means.channel, numbers.channel_fd)
    # Its orders come where the sensor hears the word to begin: nothing else of the attacker's may
    # be read behind the lock.
    os.dup2(settings.means.orders, numbers.go_fd)
    means = replace(settings.means, channel=numbers.channel_fd, orders=numbers.go_fd)
    resources = Resources(means)
    kernel = resources.kernel
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    kernel.demand("no memory dump", "prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)
    appearance.take_on(kernel, Role.SENSOR)
    install(kernel, spared(stage_a(Role.SENSOR), kernel.machine))
    attack_until_told(resources)
    from edge_agent.vision.assembly import open_camera, open_detector  # noqa: PLC0415 - its libraries load behind the first lock

    detector, _ = open_detector(settings.sensor.detector)
    with lowest_free(numbers.film_fd):
        camera = open_camera(settings.sensor.camera) if settings.frames else None
    lock.silence()
    camera_fds = lock.descriptors_of(settings.sensor.camera.path) if camera else []
    given = [getattr(means, name) for name in means.__slots__ if not name.endswith("_port")]
    lock.close_others({0, 1, 2, *given, *camera_fds})
    lock.limit(Role.SENSOR)
    last = stage_b(
        Role.SENSOR, channel_fd=numbers.channel_fd, camera_fd=numbers.camera_fd, reads=numbers.reads
    )
    install(kernel, spared(last, kernel.machine))
    attack_until_told(resources)
    seen = 0
    for _ in range(settings.frames if camera else 0):
        frame = camera.read(_FRAME_WITHIN_S) if camera else None
        seen += frame is not None and len(detector.detect(frame)) >= 0
    os.write(means.channel, RECORD.pack(b"seen", NEXT, seen, 0, b""))
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
