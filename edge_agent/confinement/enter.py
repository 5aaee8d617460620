# SPDX-License-Identifier: Apache-2.0
"""Put this process where its plan says, then become the process it is for.

In this order: namespaces, view, own user, Landlock, exec.

Started by the supervisor as `python -I -m edge_agent.confinement.enter PLAN MODULE ARGUMENT...`;
PLAN is a descriptor with the plan as JSON. It is the only code that runs as root in a child, it
uses the standard library only, and it ends in exec or in an error. The environment that the child
gets is made here, from nothing.
"""

import json
import os
import sys
from dataclasses import asdict, dataclass

from edge_agent.confinement.kernel import landlock, namespaces
from edge_agent.confinement.kernel.calls import PR_SET_NO_NEW_PRIVS, Kernel
from edge_agent.confinement.kernel.namespaces import User, View
from edge_agent.errors import ProcessError

ENVIRONMENT = {"HOME": "/", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"}
NOT_CONFINED_EXIT = 4


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a process is to be.

    user: None where we are not root, so that there is only Landlock, and neither namespaces nor
    another user. network: whether the process keeps the machine's network.
    """

    view: View
    user: User | None
    network: bool
    umask: int


def write_plan(plan: Plan) -> int:
    """Put a plan on a pipe and return the end to inherit.

    A plan is small and fits in the pipe's buffer.
    """
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as pipe:
        json.dump(asdict(plan), pipe)
    os.set_inheritable(reading, True)  # noqa: FBT003 - the standard library's own signature
    return reading


def read_plan(descriptor: int) -> Plan:
    """Read the plan that the supervisor left on `descriptor`, and close it."""
    with os.fdopen(descriptor) as pipe:
        plan = json.load(pipe)
    user, machine = plan["user"], plan["view"].pop("machine", False)
    return Plan(
        view=View(**{name: tuple(paths) for name, paths in plan["view"].items()}, machine=machine),
        user=User(user["uid"], user["gid"], tuple(user["groups"])) if user else None,
        network=plan["network"],
        umask=plan["umask"],
    )


def enter(plan: Plan) -> None:
    """Do what the plan says. Raises ProcessError where any of it does not hold."""
    kernel = Kernel()
    view = plan.view
    if plan.user is not None:
        namespaces.separate(kernel, network=plan.network)
        try:
            namespaces.enter_view(kernel, view, plan.user)
        except OSError as error:
            raise ProcessError(
                f"own root folder: {error}; wanted every path of the plan laid out"
            ) from error
        namespaces.become(kernel, plan.user)
    kernel.demand("no new privileges", "prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    landlock.restrict(
        kernel,
        readable=namespaces.existing((*view.readable, *view.secrets, "/proc")),
        writable=namespaces.existing(view.writable),
        devices=namespaces.existing(view.devices),
        network=plan.network,
    )
    os.umask(plan.umask)
    _check_readable(view)


def _check_readable(view: View) -> None:
    """Say now, with the path, what would else fail later without it.

    What is wrong with a device its process says itself.
    """
    for path in namespaces.existing((*view.readable, *view.secrets)):
        if not os.access(path, os.R_OK):
            raise ProcessError(
                f"{path}: the process's own user {os.getuid()} may not read it; run: chmod o+r "
                f"{path}"
            )


def main(arguments: list[str]) -> None:
    """Enter the plan and become the module."""
    plan, module, *rest = arguments
    enter(read_plan(int(plan)))
    os.execve(sys.executable, [sys.executable, "-I", "-B", "-m", module, *rest], ENVIRONMENT)  # noqa: S606 - our own interpreter


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ProcessError as error:
        sys.stderr.write(f"edge_agent.confinement ERROR {error}\n")
        sys.exit(NOT_CONFINED_EXIT)
