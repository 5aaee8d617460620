# SPDX-License-Identifier: Apache-2.0
"""A real browser, driven over a line of JSON each: for tests of the page, its pictures and bench.

dashboard/bridge/bridge.mjs drives it with playwright-core; the browser is Debian's Chromium. Rule:
one answer to one command, so that nothing happens behind a test's back.
"""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias

from development.set_up.page import DASHBOARD, MODULES, node_program
from development.testbed.program import STOP_S, StageError

Scheme: TypeAlias = Literal["light", "dark"]
WITHIN_S = 15.0
CHROMIUM = "chromium"
WEBGL = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist")
"""What lets a browser without a screen draw the map, by its processor alone."""
PHONE = (390, 844)
DESKTOP = (1440, 900)
WALL = (1920, 1080)


def lacking() -> str:
    """Say what a browser of ours lacks on this machine; nothing where it has all."""
    if shutil.which(CHROMIUM) is None:
        return "Chromium is not installed: apt install chromium"
    if node_program() is None:
        return "Node is not installed: python3 scripts/setup.py dev"
    if not (MODULES / "playwright-core").is_dir():
        return "playwright-core is not installed: python3 scripts/setup.py dev"
    return ""


@dataclass(frozen=True, slots=True)
class Log:
    """What a page asked for, what went wrong in it, and what its policy forbade."""

    requests: tuple[str, ...]
    errors: tuple[str, ...]
    violations: tuple[str, ...]


class Browser:
    """One browser for many pages. Raises StageError where a command fails.

    flags: more of Chromium's own.
    """

    def __init__(self, *flags: str) -> None:
        if lack := lacking():
            raise StageError(lack)
        self._process = subprocess.Popen(  # noqa: S603 - ours
            [str(node_program()), "bridge/bridge.mjs", str(shutil.which(CHROMIUM)), *flags],
            cwd=DASHBOARD,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.version: str = self._read()["version"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Close it."""
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        self._process.stdin.close()
        self._process.wait(STOP_S)
        self._process.stdout.close()

    def open(
        self,
        name: str,
        size: tuple[int, int] = DESKTOP,
        *,
        scheme: Scheme = "light",
        locale: str = "nl-NL",
    ) -> "Tab":
        """Open a page of its own, with no cookie of another."""
        options = {
            "viewport": {"width": size[0], "height": size[1]},
            "colorScheme": scheme,
            "locale": locale,
            "ignoreHTTPSErrors": True,  # a proxy of a test shows a certificate of the test's own
            "timezoneId": "America/Los_Angeles",  # no site of ours is there: a bug would show
        }
        self.ask("open", name, options=options)
        return Tab(self, name)

    def ask(self, command: str, page: str, **given: object) -> Any:  # noqa: ANN401 - JSON
        """Have a command done, and return what it gives."""
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        self._process.stdin.write(json.dumps({"command": command, "page": page, **given}) + "\n")
        self._process.stdin.flush()
        answer = self._read()
        if "error" in answer:
            raise StageError(f"{page}: {command} {given}: {answer['error']}")
        return answer["value"]

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        line = self._process.stdout.readline()
        if not line:
            raise StageError("the browser has ended")
        found: dict[str, Any] = json.loads(line)
        return found


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of a browser, as somebody would use it."""

    browser: Browser
    name: str

    def goto(self, url: str) -> dict[str, Any]:
        """Go to an address; return its status and headers."""
        found: dict[str, Any] = self._ask("goto", url=url)
        return found

    def fill(self, selector: str, value: str) -> None:
        """Type into a field."""
        self._ask("fill", selector=selector, value=value)

    def click(self, selector: str) -> None:
        """Click on something."""
        self._ask("click", selector=selector)

    def drag(self, *places: tuple[float, float]) -> None:
        """Press the mouse at a place on the screen, move it over others, and let go; one clicks."""
        self._ask("drag", places=places)

    def press(self, key: str) -> None:
        """Press a key."""
        self._ask("press", key=key)

    def type(self, text: str) -> None:
        """Type where the focus is."""
        self._ask("type", text=text)

    def wait(self, selector: str, within_s: float = WITHIN_S) -> None:
        """Wait until something is there to be seen."""
        self._ask("wait", selector=selector, within_ms=within_s * 1000)

    def until(self, expression: str, within_s: float = WITHIN_S) -> None:
        """Wait until an expression of the page holds."""
        self._ask("until", expression=expression, within_ms=within_s * 1000)

    def text(self, selector: str) -> str:
        """Return what is read there, without marks of direction."""
        return str(self._ask("text", selector=selector)).replace("\u2068", "").replace("\u2069", "")

    def count(self, selector: str) -> int:
        """Return how many there are."""
        return int(self._ask("count", selector=selector))

    def evaluate(self, expression: str) -> Any:  # noqa: ANN401 - JSON
        """Return what an expression of the page is."""
        return self._ask("evaluate", expression=expression)

    def go_offline(self, *, is_offline: bool) -> None:
        """Cut its line, or mend it."""
        self._ask("offline", is_offline=is_offline)

    def come_to_front(self) -> None:
        """Lay it over all others: a page behind another one draws no frame."""
        self._ask("front")

    def devtools(self, method: str, **params: object) -> Any:  # noqa: ANN401 - JSON
        """Ask Chromium's own tools for something, as their protocol names it."""
        return self._ask("devtools", method=method, params=params)

    def look(self, size: tuple[int, int], scheme: Scheme) -> None:
        """Look at it on another screen, by day or by night."""
        self._ask("look", scheme=scheme, width=size[0], height=size[1])

    def media(self, **wanted: str | None) -> None:
        """Look as on paper, with more contrast, in forced colours: what playwright emulates."""
        self._ask("media", wanted=wanted)

    def inside(self, expression: str) -> Any:  # noqa: ANN401 - JSON
        """Return what an expression is in the last frame of the page."""
        return self._ask("inside", expression=expression)

    def tree(self) -> list[dict[str, Any]]:
        """Return the tree that a screen reader reads: id, parent, children, ignored, role, name."""
        found: list[dict[str, Any]] = self._ask("tree")
        return found

    def screenshot(self, path: Path, *, is_whole: bool = False) -> None:
        """Write a picture of it, PNG."""
        self._ask("screenshot", path=str(path), is_whole=is_whole)

    def axe(self) -> list[dict[str, Any]]:
        """Return what axe-core finds wrong for people who do not see, point or read as others."""
        found: list[dict[str, Any]] = self._ask("axe")
        return found

    def log(self) -> Log:
        """Return what it asked for, and what went wrong."""
        found = self._ask("log")
        return Log(**{name: tuple(entries) for name, entries in found.items()})

    def close(self) -> None:
        """Close it."""
        self._ask("close")

    def _ask(self, command: str, **given: object) -> Any:  # noqa: ANN401 - JSON
        return self.browser.ask(command, self.name, **given)
