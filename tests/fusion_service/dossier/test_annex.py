# SPDX-License-Identifier: Apache-2.0
"""The annex says what the centre's config and the site's file say."""

from dataclasses import replace
from pathlib import Path

import pytest

from fusion_service.dossier.annex import annex
from fusion_service.dossier.words.gaps import GAP
from fusion_service.pages.page import page
from fusion_service.pages.section import Document
from tests.fusion_service.dossier.site import CAMERA, NETWORK, OPERATOR, made
from tests.fusion_service.dossier.test_documents import told

SENTENCES = {
    "is_public": "Over het web ziet iedereen grove, vertraagde aantallen",
    "is_on_broker": "voor Home Assistant",
    "tells_a_program": "naar een ander programma",
    "tells_by_mail": "per e-mail naar een meldkamer",
}


@pytest.mark.parametrize("name", SENTENCES)
def test_who_sees_numbers_follows_from_the_config(tmp_path: Path, name: str) -> None:
    operator = replace(OPERATOR, **{name: True})  # type: ignore[arg-type]  # each is a truth value
    dossier = replace(made(tmp_path, CAMERA), operator=operator)
    said = told(page(Document("", "", annex(dossier))))
    assert [one for one, sentence in SENTENCES.items() if sentence in said] == [name]
    assert ("Over het web ziet niemand aantallen" in said) is (name != "is_public")


def test_a_contact_that_nobody_named_is_a_gap(tmp_path: Path) -> None:
    operator = replace(OPERATOR, contact_name=None, contact_email=None)
    said = told(page(Document("", "", annex(replace(made(tmp_path, CAMERA), operator=operator)))))
    assert f"{GAP}wie de centrale beheert" in said
    assert "Bureau Drukte" not in said


def test_what_a_lying_sensor_could_say_is_worked_out_of_what_the_box_says(tmp_path: Path) -> None:
    said = told(page(Document("", "", annex(made(tmp_path, CAMERA, NETWORK)))))
    # 64 bits of records and 6 of health a window of a minute.
    assert "camera 70,0 0,9 s 24,0 s 438,9 s" in said
    assert "verbruikt epsilon 6,2; wie acht uur in één zone blijft 960" in said


def test_measures_have_their_organisation(tmp_path: Path) -> None:
    said = told(page(Document("", "", annex(made(tmp_path, CAMERA)))))
    assert "geel Stewards sturen Strandpaviljoens overal" in said
