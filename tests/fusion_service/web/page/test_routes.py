# SPDX-License-Identifier: Apache-2.0
"""The page's addresses: the policy on each, names that hold, and what is said without a build."""

import gzip
import re
from pathlib import Path

import pytest
from fastapi import FastAPI

from fusion_service.web.page.built import FOLDER, read_built, read_public_shell
from fusion_service.web.page.routes import PATHS, POLICY, add_page
from tests.fusion_service.web.test_api import ask

SHELL = b'<!doctype html><script type="module" src="/assets/index-1a2b.js"></script>'
SCRIPT = b"export const counted = 1;\n" * 20


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_bytes(SHELL)
    (tmp_path / "assets" / "index-1a2b.js").write_bytes(SCRIPT)
    (tmp_path / "assets" / "notes.txt").write_text("of the build, for nobody")
    return tmp_path


def app_of(folder: Path) -> FastAPI:
    app = FastAPI(openapi_url=None)
    add_page(app, read_built(folder))
    return app


def test_every_address_shows_the_shell_with_the_policy_and_is_never_kept(folder: Path) -> None:
    for path in PATHS:
        answer = ask(app_of(folder), path.format(site="beach", device="pier-1", zone="deck"))
        assert (answer.status_code, answer.content) == (200, SHELL), path
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"


def test_the_policy_lets_nothing_in_but_what_the_centre_serves() -> None:
    rules = dict(rule.strip().split(" ", 1) for rule in POLICY.split(";"))
    assert rules.pop("img-src") == "'self' data:"
    assert {*rules.values()} == {"'none'", "'self'"}
    assert {name for name, value in rules.items() if value == "'none'"} == {
        "default-src",
        "base-uri",
        "frame-ancestors",
    }


@pytest.mark.parametrize("accepted", ["gzip, br", "identity"])
def test_a_file_is_kept_for_good_because_its_name_holds_its_hash(
    folder: Path, accepted: str
) -> None:
    app = app_of(folder)
    answer = ask(app, "/assets/index-1a2b.js", headers={"Accept-Encoding": accepted})
    assert answer.content == SCRIPT
    assert ("content-encoding" in answer.headers) == ("gzip" in accepted)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize("name", ["notes.txt", "index.html", "..%2findex.html", "nothing.js"])
def test_what_the_page_does_not_name_is_nothing(folder: Path, name: str) -> None:
    assert ask(app_of(folder), f"/assets/{name}").status_code == 404


def test_without_a_build_the_centre_says_what_to_do(tmp_path: Path) -> None:
    assert read_built(tmp_path / "nowhere") is None
    app = FastAPI(openapi_url=None)
    add_page(app, read_built(tmp_path / "nowhere"))
    answer = ask(app, "/")
    assert answer.status_code == 503
    assert "python3 scripts/setup.py run" in answer.text
    assert 'lang="nl"' in answer.text
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert ask(app, "/assets/index.js").status_code == 404


def test_a_packed_file_is_the_same_at_every_start(folder: Path) -> None:
    first, again = read_built(folder), read_built(folder)
    assert first == again
    assert first is not None
    assert gzip.decompress(first.assets["index-1a2b.js"].packed) == SCRIPT


@pytest.mark.skipif(
    not (FOLDER / "index.html").exists(), reason="the page is not built: scripts/setup.py dev"
)
def test_what_is_built_names_its_own_files_and_nothing_of_others() -> None:
    built, public = read_built(), read_public_shell()
    assert built is not None
    assert public is not None
    text = built.shell.decode() + public
    # What is loaded only when it is needed is named by what loads it.
    named = text + "".join(
        one.content.decode() for name, one in built.assets.items() if name.endswith(".js")
    )
    for name in built.assets:
        assert name in named
    assert {one.rpartition("/")[2] for one in re.findall(r"/assets/[^\"]+", text)} <= set(
        built.assets
    )
    assert "http" not in text.replace("http-equiv", "")
    assert "<style" not in text
    assert " style=" not in text
