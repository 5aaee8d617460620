# SPDX-License-Identifier: Apache-2.0
"""The buildings around a site, as they are served: whole, packed, and only where there are any."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fusion_service.site_import.buildings import WRITTEN_BYTES_MAX
from fusion_service.store.sqlite.reader import Reader
from fusion_service.web.api import create_app
from fusion_service.web.picture.live import LivePicture
from fusion_service.web.picture.sources import BUILDINGS_BYTES_MAX, BuildingsFile
from tests.fusion_service.web.picture.drawn import Drawn
from tests.fusion_service.web.test_api import HEALTH, ask

PATH = "/v1/sites/scheveningen/buildings.geojson"
CONTENT = b'{"type":"FeatureCollection","features":[]}'


@pytest.fixture(name="drawn")
def _drawn(tmp_path: Path) -> Iterator[Drawn]:
    made = Drawn(tmp_path)
    file = BuildingsFile(tmp_path / "buildings.geojson")
    live = LivePicture(replace(made.sources, buildings=file))
    made.app = create_app(Reader(made.path), lambda: HEALTH, live=live)
    yield made
    made.file.close()


def test_what_the_command_writes_is_never_more_than_is_served() -> None:
    assert WRITTEN_BYTES_MAX == BUILDINGS_BYTES_MAX


def has_buildings(drawn: Drawn) -> bool:
    found = ask(drawn.app, "/v1/sites/scheveningen/map.geojson").json()
    return bool(found["has_buildings"])


def test_where_there_is_no_file_there_are_none(drawn: Drawn) -> None:
    assert not has_buildings(drawn)
    answer = ask(drawn.app, PATH)
    assert answer.status_code == 404
    assert "map.buildings" in answer.json()["detail"]


def test_a_file_is_served_as_it_is_and_not_twice(drawn: Drawn, tmp_path: Path) -> None:
    file = tmp_path / "buildings.geojson"
    file.write_bytes(CONTENT)
    assert has_buildings(drawn)
    answer = ask(drawn.app, PATH)
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["content-type"] == "application/geo+json"
    tag = answer.headers["etag"]
    again = ask(drawn.app, PATH, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    file.write_bytes(CONTENT + b" ")
    assert ask(drawn.app, PATH, headers={"If-None-Match": tag}).status_code == 200


def test_a_file_that_is_too_large_is_none(drawn: Drawn, tmp_path: Path) -> None:
    file = tmp_path / "buildings.geojson"
    file.write_bytes(CONTENT)
    os.truncate(file, BUILDINGS_BYTES_MAX + 1)
    assert not has_buildings(drawn)
    assert ask(drawn.app, PATH).status_code == 404
