# SPDX-License-Identifier: Apache-2.0
"""Access at a running centre, with real people, keys and cookies."""

import re
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.broker import Broker
from tests.fusion_service.access.people import (
    PASSWORD,
    Browser,
    Centre,
    add_key,
    add_person,
    run,
)
from tests.fusion_service.centre import ReadyCentre


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    folder = tmp_path_factory.mktemp("access")
    with (
        Broker(folder / "broker") as broker,
        ReadyCentre(folder / "centre", broker.port) as running,
    ):
        yield running


def test_the_first_start_makes_a_key_for_this_machine_and_says_so(centre: Centre) -> None:
    key = centre.folder / "local.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert str(key) in centre.log.read_text()
    assert key.read_text().strip() not in centre.log.read_text()
    assert centre.status()["health"]["broker"]["state"] in {"connected", "connecting"}
    shown = Browser(centre, key=key.read_text().strip()).get("/v1/session").said
    assert (shown["name"], shown["role"], shown["page_token"]) == ("local", "admin", None)


def test_without_a_log_in_nothing_is_told_but_health_and_the_description(centre: Centre) -> None:
    stranger = Browser(centre)
    assert stranger.get("/v1/health").status == 200
    description = stranger.get("/v1/openapi.json")
    assert description.status == 200
    told = [path for path, item in description.said["paths"].items() if "get" in item]
    paths = [path if path.startswith("/ogc") else f"/v1{path}" for path in told]
    asked = [re.sub(r"\{\w+\}", "beach", path) for path in [*paths, "/metrics"]]
    refused = {path: stranger.get(path) for path in asked if path != "/v1/health"}
    assert {path: answer.status for path, answer in refused.items()} == dict.fromkeys(refused, 401)
    one = refused["/metrics"]
    assert one.headers["www-authenticate"].startswith("Bearer")
    assert one.headers["content-type"] == "application/problem+json"
    assert one.headers["api-version"]


def test_a_person_logs_in_by_password_and_code_and_the_cookie_is_kept_from_scripts(
    centre: Centre,
) -> None:
    person, browser = add_person(centre, "duty-1", "officer"), Browser(centre)
    answer = browser.log_in_as(person)
    assert answer.status == 200, answer.text
    assert re.fullmatch(
        r"session=[\w-]{43}; Path=/; HttpOnly; SameSite=Strict; Max-Age=46800",
        answer.headers["set-cookie"],
    )
    assert answer.said["role"] == "officer"
    assert browser.get("/v1/devices").status == 200
    assert browser.get("/v1/session").said["page_token"] == browser.token


def test_a_code_counts_once_and_so_does_a_recovery_code(centre: Centre) -> None:
    person = add_person(centre, "once", "viewer")
    code = person.code()
    assert Browser(centre).log_in("once", PASSWORD, code).status == 200
    assert Browser(centre).log_in("once", PASSWORD, code).status == 401
    assert Browser(centre).log_in("once", PASSWORD, person.recovery[0]).status == 200
    assert Browser(centre).log_in("once", PASSWORD, person.recovery[0]).status == 401
    assert Browser(centre).log_in("once", PASSWORD, person.recovery[1]).status == 200


def test_a_logged_out_cookie_is_refused_and_a_log_in_gives_another(centre: Centre) -> None:
    person, browser = add_person(centre, "leaving", "viewer"), Browser(centre)
    assert browser.log_in_as(person).status == 200
    first = browser.cookie
    assert browser.log_in("leaving", PASSWORD, person.recovery[0]).status == 200
    assert browser.cookie != first
    assert Browser(centre, cookie=first).get("/v1/session").status == 401  # rotated
    assert browser.log_out().status == 204
    replayed = Browser(centre, cookie=browser.cookie, token=browser.token)
    assert replayed.get("/v1/session").status == 401
    assert replayed.log_out().status == 401


@pytest.fixture(name="admin", scope="module")
def _admin(centre: Centre) -> Browser:
    browser = Browser(centre)
    assert browser.log_in_as(add_person(centre, "forged", "admin")).status == 200
    return browser


@pytest.mark.parametrize(
    "headers",
    [
        {},  # a form of another page sends the cookie, and neither
        {"Origin": "http://evil.example"},
        {"Origin": "own"},  # without the token
        {"Origin": "own", "X_Page_Token": "0" * 64},
        {"Origin": "http://evil.example", "X_Page_Token": "own"},
        {"Origin": "own", "X_Page_Token": "own", "Sec_Fetch_Site": "cross-site"},
        {"X_Page_Token": "own"},
    ],
)
def test_a_change_that_another_page_asks_for_is_refused(
    admin: Browser, headers: dict[str, str]
) -> None:
    own = {"Origin": f"http://{admin.host}", "X_Page_Token": admin.token}
    sent = {name: own[name] if text == "own" else text for name, text in headers.items()}
    answer = admin.ask("DELETE", "/v1/session", **sent)
    assert (answer.status, answer.said["problems"][0]["where"]) == (403, "origin")
    assert admin.get("/v1/session").status == 200


def test_a_page_of_another_origin_cannot_log_anybody_in(centre: Centre) -> None:
    answer = Browser(centre, headers={"Origin": "http://evil.example"}).log_in("duty-1", "x", "y")
    assert answer.status == 403
    rebound = Browser(centre, headers={"Host": "evil.example", "Origin": "http://evil.example"})
    assert rebound.log_in("duty-1", "x", "y").status == 403


def test_who_is_disabled_is_out_at_once(centre: Centre) -> None:
    person, browser = add_person(centre, "gone", "viewer"), Browser(centre)
    assert browser.log_in_as(person).status == 200
    run(centre, "person", "disable", "gone")
    assert browser.get("/v1/session").status == 401
    assert Browser(centre).log_in("gone", PASSWORD, person.recovery[0]).status == 401


def test_a_reset_ends_sessions_and_old_credentials(centre: Centre) -> None:
    person, browser = add_person(centre, "renewed", "viewer"), Browser(centre)
    assert browser.log_in_as(person).status == 200
    run(centre, "person", "reset", "renewed", typed="another long password\n")
    assert browser.get("/v1/session").status == 401
    assert Browser(centre).log_in("renewed", PASSWORD, person.recovery[0]).status == 401


def test_a_key_is_shown_once_and_opens_until_it_is_revoked(centre: Centre) -> None:
    key = add_key(centre, "prometheus", "viewer")
    assert re.fullmatch(r"pck_[\w-]{43}", key)
    scraper = Browser(centre, key=key)
    assert scraper.get("/metrics").status == 200
    denied = scraper.get("/v1/devices")
    assert denied.status == 403
    assert "operator, officer, installer, admin" in denied.said["detail"]
    assert key.encode() not in centre.store.read_bytes()
    assert "name=prometheus" in run(centre, "key", "list")
    run(centre, "key", "revoke", "prometheus")
    answer = scraper.get("/metrics")
    assert (answer.status, answer.headers["www-authenticate"]) == (
        401,
        'Bearer realm="fusion-service", error="invalid_token"',
    )


def test_a_key_that_has_expired_opens_nothing(centre: Centre) -> None:
    guest = Browser(centre, key=add_key(centre, "guest", "viewer", more=("--days", "1")))
    assert guest.get("/metrics").status == 200
    with closing(sqlite3.connect(centre.store)) as store:
        store.execute("UPDATE access_key SET ends_ms = 1 WHERE name = 'guest'")
        store.commit()
    assert guest.get("/metrics").status == 401


def test_a_session_ends_after_a_duty_and_where_it_lies_unused(centre: Centre) -> None:
    for column, value in (("ends_ms", 1), ("used_ms", 1)):
        person, browser = add_person(centre, f"late-{column[:3]}", "viewer"), Browser(centre)
        assert browser.log_in_as(person).status == 200
        with closing(sqlite3.connect(centre.store)) as store:
            store.execute(
                f"UPDATE session SET {column} = ? WHERE person_id = (SELECT id FROM "  # noqa: S608
                "person WHERE login = ?)",
                (value, person.login),
            )
            store.commit()
        assert browser.get("/v1/session").status == 401


def test_a_screen_is_paired_once_and_then_only_looks(centre: Centre) -> None:
    key = add_key(centre, "wall-1", "wall-screen", "beach")
    assert Browser(centre, key=key).get("/v1/session").status == 401  # the key itself opens nothing
    screen, second = Browser(centre), Browser(centre)
    paired = screen.pair(key)
    assert paired.status == 200
    assert "Max-Age=34560000" in paired.headers["set-cookie"]
    assert second.pair(key).status == 401
    assert screen.get("/v1/sites/beach/latest").status == 404  # allowed; nothing is drawn here
    for path in ("/v1/devices", "/metrics", "/v1/access/entries", "/v1/sites/pier/latest"):
        assert screen.get(path).status == 403, path
    run(centre, "key", "revoke", "wall-1")
    assert screen.get("/v1/session").status == 401


def test_breaking_the_glass_is_an_alarm_until_it_is_sealed_again(centre: Centre) -> None:
    sealed, browser = add_person(centre, "glass", "break-glass"), Browser(centre)
    assert browser.get("/v1/health").said["access"] == ""
    assert browser.log_in_as(sealed).status == 200
    assert browser.get("/v1/access/entries").status == 200
    health = browser.get("/v1/health").said
    assert health["condition"] == "degraded"
    assert "break-glass" in health["access"]
    assert "glass" in (centre.folder / "security.log").read_text()
    assert "break-glass account was used" in centre.log.read_text()
    assert Browser(centre).log_in_as(sealed).status == 401  # the seal is broken: once
    entries = browser.get("/v1/access/entries?limit=1").said["items"]
    assert run(centre, "person", "reset", "glass")
    assert browser.get("/v1/health").said["access"] == ""
    assert browser.get("/v1/session").status == 401
    assert entries[0]["retention"] == "alarm"
