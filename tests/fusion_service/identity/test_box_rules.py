# SPDX-License-Identifier: Apache-2.0
"""The firewall of a box: whether the kernel takes the file, and what it does.

Tried between two network namespaces.
"""

import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

RULES = Path(__file__).parents[3] / "firmware_configs" / "nftables" / "box.nft"
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
NFT, IP, UNSHARE = (shutil.which(name, path=PATH) for name in ("nft", "ip", "unshare"))
UPLINK_UID, OTHER_UID = 65103, 64211
BROKER, BOX, ELSEWHERE = "192.0.2.10", "192.0.2.20", "192.0.2.11"
LISTEN = """
import socket, time
listeners = [socket.create_server(("0.0.0.0", port)) for port in (8883, 8884)]
print("listens", flush=True)
time.sleep(300)
"""
CALL = """
# All of it before the user changes, who may not read these files.
import encodings.idna, os, socket, sys
uid, host, port = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
os.setuid(uid)
try:
    socket.create_connection((host, port), 3).close()
    print("reached")
except OSError as error:
    print(type(error).__name__)
"""

LET = """
import ast, sys
from edge_agent.confinement.broker_wall import let_through
print(let_through(ast.literal_eval(sys.argv[1])))
"""


def run(*command: object, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, command)), check=check, capture_output=True, text=True, timeout=30
    )


@pytest.fixture(scope="module", autouse=True)
def _able() -> None:
    """Skip where the rules cannot be tried."""
    if NFT is None:
        pytest.skip("nft is not there: apt install nftables")
    if os.geteuid() != 0:
        pytest.skip("nft asks the kernel, which answers root only")
    if UNSHARE is None or run(UNSHARE, "-n", NFT, "list", "ruleset", check=False).returncode != 0:
        pytest.skip("this kernel gives no network namespace with nftables")


def test_the_kernel_takes_the_rules() -> None:
    done = run(UNSHARE, "-n", NFT, "-c", "-f", RULES, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_mistake_in_the_rules_would_be_told(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.nft"
    wrong.write_text(RULES.read_text().replace("meta skuid $uplink_uid", "meta skuid $nobody"))
    assert run(UNSHARE, "-n", NFT, "-c", "-f", wrong, check=False).returncode == 1


@pytest.fixture
def spaces() -> Iterator[tuple[str, str]]:
    """Two network namespaces and a cable: a box, and everything else, which listens."""
    if IP is None:
        pytest.skip("ip is not there: apt install iproute2")
    box, outside = f"box-{uuid.uuid4().hex[:8]}", f"out-{uuid.uuid4().hex[:8]}"
    cable = uuid.uuid4().hex[:8]
    made = [run(IP, "netns", "add", name, check=False).returncode for name in (box, outside)]
    try:
        if (
            any(made)
            or run(
                IP,
                "-n",
                box,
                "link",
                "add",
                f"b{cable}",
                "type",
                "veth",
                "peer",
                "name",
                f"o{cable}",
                check=False,
            ).returncode
        ):
            pytest.skip("this kernel gives no named network namespaces or no veth")
        run(IP, "-n", box, "link", "set", f"o{cable}", "netns", outside)
        for name, end, addresses in (
            (box, f"b{cable}", [BOX]),
            (outside, f"o{cable}", [BROKER, ELSEWHERE]),
        ):
            for address in addresses:
                run(IP, "-n", name, "address", "add", f"{address}/24", "dev", end)
            for link in ("lo", end):
                run(IP, "-n", name, "link", "set", link, "up")
        yield box, outside
    finally:
        for name in (box, outside):
            run(IP, "netns", "delete", name, check=False)


def test_only_the_uplink_reaches_the_broker_and_nothing_else_reaches_anything(
    spaces: tuple[str, str],
) -> None:
    box, outside = spaces

    with listening(box, outside):
        tries = [(UPLINK_UID, BROKER, 8883), (OTHER_UID, BROKER, 8883), (0, BROKER, 8883)]
        tries += [(UPLINK_UID, BROKER, 8884), (UPLINK_UID, ELSEWHERE, 8883)]
        # The control: without the rules all of it works.
        assert [call(box, *each) for each in tries] == ["reached"] * 5
        assert call(outside, 0, BOX, 8883) == "reached"
        run(IP, "netns", "exec", box, NFT, "-f", RULES)
        assert [call(box, *each) == "reached" for each in tries] == [
            True,
            False,
            False,
            False,
            False,
        ]
        assert call(outside, 0, BOX, 8883) == "TimeoutError"
        assert (
            call(box, OTHER_UID, "127.0.0.1", 8883) == "reached"
        )  # within the box, where nothing of it leaves
        counted = run(IP, "netns", "exec", box, NFT, "list", "table", "inet", "people_count").stdout
        # SYN, ACK and FIN at least, each of 40 bytes or more; and as many refusals as there were
        # tries.
        assert bytes_of(counted, "uplink_bytes") >= 120
        assert bytes_of(counted, "uplink_heard_bytes") >= 80
        assert bytes_of(counted, "refused_out") >= 4 * 40
        assert bytes_of(counted, "refused_in") >= 40
        refused = re.search(r"set refused_by_uid \{.*?elements = \{([^}]*)\}", counted, re.DOTALL)
        assert refused is not None
        assert {int(uid) for uid in re.findall(r"(\d+) counter", refused[1])} == {
            0,
            UPLINK_UID,
            OTHER_UID,
        }
        run(IP, "netns", "exec", box, NFT, "-f", RULES)  # putting it in force again changes nothing
        assert call(box, UPLINK_UID, BROKER, 8883) == "reached"


def test_a_broker_that_was_admitted_is_let_through_and_no_other_user_or_port(
    spaces: tuple[str, str],
) -> None:
    box, outside = spaces

    def let(*places: tuple[str, int]) -> str:
        return run(
            IP, "netns", "exec", box, sys.executable, "-I", "-c", LET, repr(list(places))
        ).stdout.strip()

    def reached() -> list[bool]:
        tries = [
            (UPLINK_UID, BROKER, 8883),
            (UPLINK_UID, ELSEWHERE, 8883),
            (UPLINK_UID, ELSEWHERE, 8884),
        ]
        return [call(box, *each) == "reached" for each in (*tries, (OTHER_UID, ELSEWHERE, 8883))]

    with listening(box, outside):
        assert let((ELSEWHERE, 8883)) == "", "without a firewall there is nothing to do"
        run(IP, "netns", "exec", box, NFT, "-f", RULES)
        assert reached() == [True, False, False, False]
        assert let((BROKER, 8883), (ELSEWHERE, 8883)) == ""
        assert reached() == [True, True, False, False]
        assert let((ELSEWHERE, 8883), (ELSEWHERE, 8883)) == ""
        assert reached() == [False, True, False, False]
        # What cannot be put in stays out, is said, and keeps nothing else out; nor does a word slip
        # into the rules.
        assert "IPv4 only, and no names" in let(
            (BROKER, 8883), ("broker.example", 8883), ("2001:db8::1", 8883)
        )
        assert reached() == [True, False, False, False]
        assert "IPv4 only" in let(("192.0.2.11 . 8883 } add rule", 8883))
        assert reached() == [False, False, False, False]
        # A table of before has no such set: it stays as it is.
        run(IP, "netns", "exec", box, NFT, "flush", "ruleset")
        run(IP, "netns", "exec", box, NFT, "add table inet people_count")
        assert "is of an earlier release" in let((ELSEWHERE, 8883))


def call(namespace: str, uid: int, host: str, port: int) -> str:
    """Try to connect from a namespace as a user; say `reached` or what went wrong."""
    return run(
        IP, "netns", "exec", namespace, sys.executable, "-I", "-c", CALL, uid, host, port
    ).stdout.strip()


@contextmanager
def listening(*names: str) -> Iterator[None]:
    """Have somebody listen in each namespace."""
    listeners = [
        subprocess.Popen(
            [str(IP), "netns", "exec", namespace, sys.executable, "-I", "-c", LISTEN],
            stdout=subprocess.PIPE,
        )
        for namespace in names
    ]
    try:
        for listener in listeners:
            assert listener.stdout is not None
            assert listener.stdout.readline() == b"listens\n"
        yield
    finally:
        for listener in listeners:
            listener.kill()
            listener.wait()
            assert listener.stdout is not None
            listener.stdout.close()


def bytes_of(listing: str, counter: str) -> int:
    """Return what a named counter has counted."""
    found = re.search(rf"counter {counter} \{{\s*packets \d+ bytes (\d+)", listing)
    assert found is not None, listing
    return int(found[1])
