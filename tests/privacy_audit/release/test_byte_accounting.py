# SPDX-License-Identifier: Apache-2.0
"""The kernel's counters, on bytes that were counted before they were sent."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from privacy_audit.release.byte_accounting import UserCounter, connections, others_of

USER = 65_499
SENDER = """
import os, socket, sys
os.setgid({user}); os.setuid({user})
tcp = socket.socket()
tcp.connect(("127.0.0.1", int(sys.argv[1])))
tcp.sendall(bytes(12_345))
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.sendto(bytes(1_000), ("127.0.0.1", 9))
print("sent", flush=True)
sys.stdin.read()
"""

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="another user is needed: run as root")


@contextmanager
def somebody() -> Iterator[int]:
    """Another user, who has sent 12,345 bytes over TCP and 1,000 over UDP.

    They keep the connection open.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        command = [
            sys.executable,
            "-I",
            "-c",
            SENDER.format(user=USER),
            str(server.getsockname()[1]),
        ]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe) as sender:
            server.settimeout(20)
            connection, _ = server.accept()
            with connection:
                assert len(connection.recv(12_345, socket.MSG_WAITALL)) == 12_345
                assert sender.stdin is not None
                assert sender.stdout is not None
                # What goes over UDP nobody receives: the sender says that it has gone.
                assert sender.stdout.readline() == b"sent\n"
                yield sender.pid
                sender.stdin.close()


def test_the_kernel_tells_what_a_process_has_sent_over_each_connection() -> None:
    with somebody() as pid:
        [one] = connections(pid)
        assert (one.sent_bytes, one.received_bytes) == (
            12_346,
            0,
        )  # the opening of a connection counts as one


def test_another_process_of_the_same_user_is_seen() -> None:
    with somebody() as one:
        assert not others_of(one)
        with somebody():
            assert others_of(one)


def test_everything_that_a_user_sends_is_counted_whatever_the_protocol() -> None:
    try:
        counting = UserCounter(USER).__enter__()
    except OSError as error:
        pytest.skip(str(error))
    try:
        with somebody():
            counted = counting.counted()
    finally:
        counting.__exit__(None, None, None)
    content = counted.sent_bytes - counted.packets * 52
    assert 12_345 + 900 < content < 12_345 + 1_100


def test_the_counting_rule_is_gone_afterwards() -> None:
    try:
        with UserCounter(USER):
            pass
    except OSError as error:
        pytest.skip(str(error))
    nft = shutil.which("nft", path="/usr/sbin:/sbin:/usr/bin")
    assert nft is not None
    listed = subprocess.run([nft, "list", "tables"], capture_output=True, text=True, check=True)
    assert f"people_count_audit_{os.getpid()}" not in listed.stdout
