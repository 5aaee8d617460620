# SPDX-License-Identifier: Apache-2.0
"""The channel under systemd: a FIFO that is handed over, opened one way only."""

import fcntl
import os
import stat

from edge_agent.errors import ProcessError

RECORDS_FD = 3
"""The first descriptor that systemd hands over; it stays the channel's number, so that the probe
knows the filter to expect."""


def open_records(*, write: bool) -> int:
    """Open the FIFO that systemd handed over one way only, under the number it has.

    Return that number.

    Raises ProcessError where systemd handed over anything else.
    """
    handed = (os.environ.get("LISTEN_PID"), os.environ.get("LISTEN_FDS"))
    if handed != (str(os.getpid()), "1") or not stat.S_ISFIFO(os.fstat(RECORDS_FD).st_mode):
        raise ProcessError(
            "records: wanted one FIFO from people-count-records.socket; is it named in Sockets= of "
            "this unit?"
        )
    one_way = os.open(f"/proc/self/fd/{RECORDS_FD}", os.O_WRONLY if write else os.O_RDONLY)
    if write:
        # As in a pipe made for packets: a write of an odd length does not shift those after it.
        fcntl.fcntl(one_way, fcntl.F_SETFL, os.O_DIRECT)
    os.dup2(one_way, RECORDS_FD)
    os.close(one_way)
    return RECORDS_FD
