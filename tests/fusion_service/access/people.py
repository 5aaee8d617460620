# SPDX-License-Identifier: Apache-2.0
"""A real centre with people and keys, and somebody who asks it as a browser does."""

import base64
import json
import re
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from development.testbed.program import HOST
from development.testbed.verbs import ended_verb
from fusion_service.access.one_time_code import STEP_S, code_at
from tests.fusion_service.centre import Centre

PASSWORD = "correct horse battery"  # noqa: S105 - of people in tests


@dataclass
class Person:
    """Somebody whose log-in was shown once."""

    login: str
    password: str
    totp: bytes
    recovery: list[str]
    used_step: int = 0

    def code(self) -> str:
        """The next code that still counts: of this half minute, or of the one after."""
        step = max(int(time.time()) // STEP_S, self.used_step + 1)
        self.used_step = step
        return code_at(self.totp, step)


def run(centre: Centre, *words: str, typed: str = "", fails: bool = False) -> str:
    """Run a verb on a centre's store, beside the centre."""
    done = ended_verb(*words, "--config", centre.config, typed=typed)
    assert (done.returncode != 0) == fails, done.stderr
    return done.stderr if fails else done.stdout


def add_person(centre: Centre, login: str, role: str, *scope: str) -> Person:
    places = [word for place in scope for word in ("--scope", place)]
    shown = run(
        centre,
        *("person", "add", login, "--role", role, "--organisation", "police", *places),
        typed=f"{PASSWORD}\n",
    )
    found = dict(re.findall(r"^(\w+)\s+(\S.*)$", shown, re.MULTILINE))
    return Person(
        login,
        found["password"],
        base64.b32decode(found["code"]) if "code" in found else b"",
        found.get("recovery", "").split(),
    )


def add_key(centre: Centre, name: str, role: str, *scope: str, more: tuple[str, ...] = ()) -> str:
    places = [word for place in scope for word in ("--scope", place)]
    words = ("key", "add", name, "--role", role, "--organisation", "police", *places, *more)
    return run(centre, *words).strip()


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def said(self) -> Any:
        return json.loads(self.text)


@dataclass
class Browser:
    """Somebody with a cookie or a key."""

    centre: Centre
    key: str = ""
    cookie: str = ""
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return urlsplit(self.centre.url).netloc

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> Answer:
        sent = {**self.headers, **{name.replace("_", "-"): text for name, text in headers.items()}}
        if self.key:
            sent["Authorization"] = f"Bearer {self.key}"
        if self.cookie:
            sent["Cookie"] = self.cookie
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        connection = HTTPConnection(HOST, self.centre.port, timeout=30)
        try:
            connection.request(method, path, body, {k: v for k, v in sent.items() if v})
            answer = connection.getresponse()
            text = answer.read().decode()
            got = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, got, text)
        finally:
            connection.close()

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def log_in(self, login: str, password: str, code: str) -> Answer:
        given = {"login": login, "password": password, "code": code}
        return self._entered(self.ask("POST", "/v1/session", json.dumps(given)))

    def log_in_as(self, person: Person) -> Answer:
        return self.log_in(person.login, person.password, person.code() if person.totp else "")

    def pair(self, key: str) -> Answer:
        return self._entered(self.ask("POST", "/v1/session", f'{{"key": "{key}"}}'))

    def log_out(self) -> Answer:
        own = {"Origin": f"http://{self.host}", "X_Page_Token": self.token}
        return self.ask("DELETE", "/v1/session", **own)

    def _entered(self, answer: Answer) -> Answer:
        if answer.status == 200:
            self.cookie = answer.headers["set-cookie"].partition(";")[0]
            self.token = answer.said["page_token"]
        return answer
