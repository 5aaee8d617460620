# SPDX-License-Identifier: Apache-2.0
"""A stream of what becomes known, over real sockets."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from development.testbed.program import until
from fusion_service.web.connections import Connections, protocol
from fusion_service.web.picture.live import WAITING_MAX, Bounds, Event, Listener
from tests.fusion_service.web.picture.drawn import AT_S, Drawn, estimate

STREAM = "/v1/sites/scheveningen/stream"


class Served:
    """A drawn centre with a server of its own."""

    def __init__(self, drawn: Drawn, bounds: Connections) -> None:
        self.drawn, self.bounds = drawn, bounds
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.server = uvicorn.Server(
            uvicorn.Config(
                drawn.app,
                http=protocol(bounds),
                log_config=None,
                lifespan="off",
                ws="none",
                timeout_graceful_shutdown=3,
            )
        )
        self.thread = threading.Thread(target=self.server.run, args=([self.listener],))

    def end(self) -> None:
        self.server.should_exit = True
        self.thread.join()
        self.listener.close()


@contextmanager
def serving(drawn: Drawn) -> Iterator[Served]:
    served = Served(drawn, Connections())
    with drawn.file:
        with drawn.live.running():
            served.thread.start()
            until(lambda: served.server.started, "the server")
            yield served
        served.end()


@pytest.fixture(name="served")
def _served(tmp_path: Path) -> Iterator[Served]:
    with serving(Drawn(tmp_path)) as served:
        yield served


class Heard:
    """The events of one stream, one after the other."""

    def __init__(self, answer: httpx.Response, name: str) -> None:
        self._lines, self._name = answer.iter_lines(), name

    def next(self) -> tuple[int, dict[str, Any]]:
        id_ms, data, name = 0, "", ""
        for line in self._lines:
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("id: "):
                id_ms = int(line.removeprefix("id: "))
            elif line.startswith("data: "):
                data = line.removeprefix("data: ")
            elif not line and data and name == self._name:
                return id_ms, json.loads(data)
            elif not line:
                id_ms, data = 0, ""
        raise EOFError


@contextmanager
def listening(
    served: Served, last: int | None = None, *, name: str = "estimates"
) -> Iterator[Heard]:
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    with httpx.stream("GET", served.url + STREAM, headers=headers, timeout=20) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        yield Heard(answer, name)


def people(event: tuple[int, dict[str, Any]]) -> tuple[int, list[float]]:
    return event[0], [zone["people"] for zone in event[1]["zones"]]


def test_a_client_gets_the_newest_first_and_then_what_becomes_known(served: Served) -> None:
    zone = served.drawn.zones[0]
    served.drawn.know(1_000, [estimate(zone)])
    with listening(served) as heard:
        assert people(heard.next()) == (1_000, [100.0])
        served.drawn.know(2_000, [estimate(zone, AT_S + 60, 120.0)])
        assert people(heard.next()) == (2_000, [120.0])
        served.drawn.know(3_000, [estimate(zone, AT_S, 90.0)], in_place=False)
        assert people(heard.next()) == (3_000, [90.0]), "a late window revises the past"


def test_the_centre_tells_the_time_at_once_and_where_nothing_else_comes(served: Served) -> None:
    with listening(served, name="clock") as heard:
        for _ in range(2):
            id_ms, data = heard.next()
            told = datetime.fromisoformat(data["now"]).timestamp()
            assert (id_ms, abs(told - time.time()) < 2.0) == (0, True), data


def test_a_client_that_comes_back_gets_what_it_missed(served: Served) -> None:
    zone, other = served.drawn.zones[:2]
    served.drawn.know(1_000, [estimate(zone)])
    with listening(served) as heard:
        heard.next()
    served.drawn.know(2_000, [estimate(zone, AT_S + 60, 120.0)])
    served.drawn.know(3_000, [estimate(other, AT_S + 60, 7.0), estimate(zone, AT_S + 120, 8.0)])
    with listening(served, last=1_000) as heard:
        assert people(heard.next()) == (2_000, [120.0])
        assert sorted(people(heard.next())[1]) == [7.0, 8.0]
        served.drawn.know(4_000, [estimate(zone, AT_S + 180, 9.0)])
        assert people(heard.next()) == (4_000, [9.0]), "none twice, none missing"


def test_a_client_that_missed_too_much_gets_the_newest(tmp_path: Path) -> None:
    with serving(Drawn(tmp_path, bounds=Bounds(changes_max=3))) as served:
        zone = served.drawn.zones[0]
        for number in range(6):
            served.drawn.know(1_000 + number, [estimate(zone, AT_S + 60 * number, float(number))])
        served.drawn.live.refresh("scheveningen")
        with listening(served, last=1_000) as heard:
            assert people(heard.next()) == (1_005, [5.0])


def test_what_becomes_known_arrives_at_once(served: Served) -> None:
    zone = served.drawn.zones[0]
    served.drawn.know(1_000, [estimate(zone)])
    with listening(served) as heard:
        heard.next()
        delays = []
        for number in range(1, 11):
            began = time.monotonic()
            served.drawn.know(1_000 + number, [estimate(zone, AT_S + number)])
            heard.next()
            delays.append(time.monotonic() - began)
    assert sorted(delays)[4] < 0.2, delays


def test_two_hundred_listeners_leave_the_others_their_answers(served: Served) -> None:
    zone = served.drawn.zones[0]
    served.drawn.know(1_000, [estimate(zone)])
    port = served.listener.getsockname()[1]
    peers = []
    for _ in range(200):
        peer = socket.create_connection(("127.0.0.1", port))
        peer.sendall(f"GET {STREAM} HTTP/1.1\r\nHost: centre\r\n\r\n".encode())
        peer.settimeout(20)
        assert peer.recv(65_536).startswith(b"HTTP/1.1 200")
        peers.append(peer)
    assert served.bounds.streams == served.drawn.live.listeners == 200
    assert len(served.bounds) == 0
    assert httpx.get(served.url + "/v1/sites/scheveningen/latest", timeout=20).status_code == 200
    for peer in peers:
        peer.close()
    until(lambda: served.drawn.live.listeners == served.bounds.streams == 0, "all to leave")


def test_listeners_beyond_the_bound_are_told_to_come_back(tmp_path: Path) -> None:
    with serving(Drawn(tmp_path, bounds=Bounds(clients_max=1))) as served:
        served.drawn.know(1_000, [estimate(served.drawn.zones[0])])
        with listening(served) as heard:
            heard.next()
            refused = httpx.get(served.url + STREAM, timeout=20)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "10")
    assert refused.headers["Content-Type"] == "application/problem+json"


def test_head_of_a_stream_ends_at_once(served: Served) -> None:
    answer = httpx.head(served.url + STREAM, timeout=20)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert served.drawn.live.listeners == 0


def test_the_end_of_the_service_ends_every_stream(served: Served) -> None:
    served.drawn.know(1_000, [estimate(served.drawn.zones[0])])
    with listening(served) as heard:
        heard.next()
        began = time.monotonic()
        served.drawn.live.end()
        with pytest.raises(EOFError):
            heard.next()
        assert time.monotonic() - began < 2.0
    assert httpx.get(served.url + STREAM, timeout=20).status_code == 503


async def _fill(listener: Listener, number: int) -> None:
    for id_ms in range(number):
        listener.hand(Event(id_ms, "beach", (), b""))


def test_a_listener_that_does_not_keep_up_is_let_go_and_holds_a_bounded_number() -> None:
    async def run() -> list[Event | None]:
        listener = Listener("scheveningen", asyncio.get_running_loop())
        await _fill(listener, WAITING_MAX)
        assert not listener.is_dropped
        await _fill(listener, 3)
        assert listener.is_dropped
        return [listener.waiting.get_nowait() for _ in range(listener.waiting.qsize())]

    assert asyncio.run(run()) == [None]
