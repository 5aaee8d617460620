# SPDX-License-Identifier: Apache-2.0
"""The real Prometheus for tests: on the path, or where the set-up unpacked it.

Without it a test skips.
"""

import os
import re
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Self

import httpx
import pytest

from development.testbed.program import Program
from tests.broker import free_port

UNPACKED = Path(__file__).parents[1] / "var" / "prometheus"


def promtool() -> str:
    return program("promtool")


def program(name: str) -> str:
    """Return a program of Prometheus, or skip the test."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:{UNPACKED}")
    if found is None:
        pytest.skip(
            f"{name} is not there: scripts/setup.py dev fetches it, or: apt-get install prometheus"
        )
    return found


SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def hastened(rules: str, times: int) -> str:
    """Return alert rules whose `for:` is so many times shorter; nothing else of them is another."""
    return re.sub(
        r"^( +for: )(\d+)([smhd])$",
        lambda found: f"{found[1]}{int(found[2]) * SECONDS[found[3]] * 1000 // times}ms",
        rules,
        flags=re.MULTILINE,
    )


class Prometheus:
    """A real Prometheus that scrapes a centre and evaluates rules, both every second."""

    def __init__(self, folder: Path, target: str, rules: str, key_file: Path) -> None:
        folder.mkdir()
        self._port, self._folder = free_port(), folder
        (folder / "rules.yml").write_text(rules)
        (folder / "prometheus.yml").write_text(
            "global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: "
            "[rules.yml]\nscrape_configs:\n"
            f'  - {{job_name: people-count, static_configs: [{{targets: ["{target}"]}}], '
            f"authorization: {{credentials_file: {key_file}}}}}\n"
        )
        self._process: Program | None = None

    def __enter__(self) -> Self:
        command = [program("prometheus"), f"--config.file={self._folder}/prometheus.yml"]
        command += [
            f"--storage.tsdb.path={self._folder}/data",
            f"--web.listen-address=127.0.0.1:{self._port}",
        ]
        self._process = Program(command, self._folder / "log")
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.stop()

    def firing(self) -> set[tuple[str, str]]:
        """Return which alerts fire, each with the device that it names, or with nothing.

        None while it starts.
        """
        try:
            answer = httpx.get(f"http://127.0.0.1:{self._port}/api/v1/alerts", timeout=10).json()
        except (httpx.TransportError, ValueError):
            assert self._process is not None
            assert self._process.poll() is None, self._process.last_words()
            return set()
        alerts = answer.get("data", {}).get("alerts", [])
        return {
            (one["labels"]["alertname"], one["labels"].get("device", ""))
            for one in alerts
            if one["state"] == "firing"
        }

    def value(self, expression: str) -> float | None:
        """Return what an expression comes to now, None where it comes to nothing."""
        query = {"query": expression}
        with suppress(httpx.TransportError, ValueError):
            found = httpx.get(
                f"http://127.0.0.1:{self._port}/api/v1/query", params=query, timeout=10
            ).json()
            return next((float(one["value"][1]) for one in found["data"]["result"]), None)
        return None
