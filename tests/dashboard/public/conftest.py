# SPDX-License-Identifier: Apache-2.0
"""A town whose pages a real browser reads, and a page of others that frames one of them."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from development.testbed.browser import Tab
from development.testbed.program import until
from tests.dashboard.stage import Stage
from tests.fusion_service.web.public_page.town import SITE, Town

EXAMPLE = Path(__file__).parents[3] / "firmware_configs" / "examples" / "embed.html"


@dataclass(frozen=True, slots=True)
class Shore:
    """The town, its address, and two origins: one that may frame it and one that may not."""

    town: Town
    url: str
    city: str
    stranger: str


@contextmanager
def serving(app: FastAPI, listener: socket.socket) -> Iterator[None]:
    """Serve an application, in a thread of its own."""
    settings = uvicorn.Config(app, log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    until(lambda: server.started, "the server")
    yield
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="session")
def shore(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shore]:
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    url, city, stranger = (f"http://127.0.0.1:{one.getsockname()[1]}" for one in listeners)
    others = FastAPI(openapi_url=None)

    @others.get("/")
    def get_example() -> HTMLResponse:
        text = EXAMPLE.read_text("utf-8")
        return HTMLResponse(text.replace("@CENTRE@", url).replace("@SITE@", SITE))

    with (
        Town(tmp_path_factory.mktemp("shore"), embed=[city]) as town,
        serving(town.fill().app, listeners[0]),
        serving(others, listeners[1]),
        serving(others, listeners[2]),
    ):
        yield Shore(town, url, city, stranger)


@pytest.fixture(scope="session")
def citizen(stage: Stage) -> Tab:
    """A browser of somebody who never logged in."""
    return stage.browser.open("citizen")
