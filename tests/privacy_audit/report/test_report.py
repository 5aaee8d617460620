# SPDX-License-Identifier: Apache-2.0
"""The report in both forms: what stands in it, in which order, and that it stands alone."""

import base64
import re
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from edge_agent.errors import StoreError
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.limits import LIMITS, capacity_in_words
from privacy_audit.report import report
from privacy_audit.report.document import Heading, Notice, Signature, Table, Tone
from privacy_audit.report.files import write_html, write_pdf
from privacy_audit.report.report import blocks
from tests.privacy_audit.findings import FEEDER, LEDGER, NAMED, RULES, SOCKETS, SWAP, USER, result

REFUSED = Finding(
    "start",
    "limits of the table",
    Mechanism.RLIMITS,
    "edge-agent run",
    Verdict.FELL,
    "the box refused to start",
)


def test_the_outcome_is_said_first_and_in_the_right_tone() -> None:
    for findings, tone in (
        ((USER,), Tone.GOOD),
        ((USER, SWAP), Tone.WARNING),
        ((USER, SWAP, RULES), Tone.BAD),
    ):
        notice = next(block for block in blocks(result(*findings)) if isinstance(block, Notice))
        assert notice.tone is tone
    assert "ACL" in notice.text


def test_a_network_camera_stands_in_red_even_where_nothing_failed() -> None:
    notices = [block for block in blocks(result(USER, FEEDER)) if isinstance(block, Notice)]
    assert [notice.tone for notice in notices] == [Tone.GOOD, Tone.BAD]
    assert "cross a cable" in notices[1].text


def test_an_audit_of_some_parts_says_that_it_is_none() -> None:
    notices = [
        block.text
        for block in blocks(replace(result(USER), whole=False))
        if isinstance(block, Notice)
    ]
    assert "not a whole audit" in notices[1]


def test_a_paper_without_a_config_is_none_to_sign() -> None:
    own = blocks(replace(result(USER), named=None))
    assert not any(isinstance(block, Signature) for block in own)
    assert [block.text for block in own if isinstance(block, Notice)].count(
        " ".join(report.NO_STREET.split())
    ) == 2
    assert not any(
        isinstance(block, Signature) for block in blocks(replace(result(USER), whole=False))
    )


def test_the_paper_names_the_config_its_hash_and_all_that_was_replaced() -> None:
    [signature] = [block for block in blocks(result(USER)) if isinstance(block, Signature)]
    assert NAMED.config_sha256 in signature.sentence
    cells = [
        cell
        for block in blocks(result(USER))
        if isinstance(block, Table)
        for row in block.rows
        for cell in row.cells
    ]
    assert {
        NAMED.path,
        NAMED.file_sha256,
        NAMED.config_sha256,
        "beach/pier-1",
        "camera.source",
        "v4l2",
        "file",
    } <= set(cells)


def test_a_network_camera_that_was_replaced_stands_in_red() -> None:
    named = replace(NAMED, network_camera=True)
    tones = [
        block.tone
        for block in blocks(replace(result(USER), named=named))
        if isinstance(block, Notice)
    ]
    assert tones == [Tone.GOOD, Tone.BAD]


def test_a_limit_is_no_green_proven() -> None:
    shown = Finding(
        "trojan",
        "a model with a trojan",
        Mechanism.GATE_SCHEMA,
        "a sensor",
        Verdict.LIMIT,
        "one person more",
    )
    [row] = [
        row
        for block in blocks(result(USER, shown))
        if isinstance(block, Table)
        for row in block.rows
        if row.cells[0] == shown.name
    ]
    assert (row.cells[1], row.tone) == ("limit", Tone.PLAIN)
    wall = next(
        block
        for block in blocks(result(shown))
        if isinstance(block, Table) and block.header[:1] == ("Mechanism",)
    )
    assert wall.rows == ()


def test_a_measurement_shows_no_counts_of_refusals() -> None:
    guessed = Finding(
        "guessing",
        "one crossing",
        Mechanism.NOISE_KEY,
        "code",
        Verdict.TWIN,
        "gains +0.2",
        attacks=2000,
        refused=2000,
    )
    tables = [block for block in blocks(result(guessed)) if isinstance(block, Table)]
    assert not any("Controls" in table.header for table in tables)


def test_the_serial_number_is_made_of_the_result_and_stands_in_all_of_its_forms(
    tmp_path: Path,
) -> None:
    one, other = result(USER), result(USER, SWAP)
    assert re.fullmatch(r"20261124(-[0-9a-f]{4}){3}", one.serial)
    assert one.serial == result(USER).serial != other.serial
    write_html(tmp_path / "audit.html", one)
    page = (tmp_path / "audit.html").read_text()
    assert page.count(one.serial) >= 3, "in the text, at the end and in each printed page's foot"
    assert "counter(pages)" in page


def test_every_page_of_the_pdf_has_its_number_of_how_many_and_the_serial(tmp_path: Path) -> None:
    told = result(SOCKETS, USER, SWAP, RULES, LEDGER)
    write_pdf(tmp_path / "audit.pdf", told)
    pages = pages_of((tmp_path / "audit.pdf").read_bytes())
    for number, page in enumerate(pages, 1):
        assert f"page {number} of {len(pages)} / bladzijde {number} van {len(pages)}" in page
        assert told.serial in page


def pages_of(pdf: bytes) -> list[str]:
    """Return what each page writes, as a reader would find it.

    Every stream that shows text, unpacked.
    """
    found = []
    for packed in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        text = zlib.decompress(
            base64.a85decode(packed.strip(), adobe=False)
            if packed.strip().endswith(b"~>") is False
            else base64.a85decode(b"<~" + packed.strip(), adobe=True)
        ).decode("latin-1")
        if "Tj" in text:
            found.append("".join(re.findall(r"\((.*?)\) Tj", text)))
    return found


def test_what_is_unproven_stands_above_the_signature() -> None:
    headings = [
        block.text if isinstance(block, Heading) else "" for block in blocks(result(USER, SWAP))
    ]
    signature = next(
        index
        for index, block in enumerate(blocks(result(USER, SWAP)))
        if isinstance(block, Signature)
    )
    assert (
        headings.index("What this does not prove")
        < headings.index("What could not be proven")
        < signature
    )
    assert signature == len(headings) - 1


def test_the_page_holds_every_finding_and_nothing_from_elsewhere(tmp_path: Path) -> None:
    write_html(tmp_path / "audit.html", result(SOCKETS, USER, SWAP, RULES, LEDGER))
    page = (tmp_path / "audit.html").read_text()
    assert all(finding.detail in page for finding in (USER, RULES))
    assert "no swap &lt;here&gt; to search" in page, "a finding's words are text, never markup"
    assert all(
        limit.split(".")[0].replace('"', "&quot;").replace("'", "&#x27;") in page
        for limit in LIMITS
    )
    assert re.findall(r"(?:src|href|url|@import|<script|<link)", page) == []


def test_a_box_that_refused_to_start_has_a_report_too(tmp_path: Path) -> None:
    refused = replace(
        result(REFUSED),
        parts=(),
        whole=False,
        versions={},
        capacity_bits_per_window=None,
        window_s=None,
    )
    write_html(tmp_path / "audit.html", refused)
    assert "The box refused to start" in (tmp_path / "audit.html").read_text()


def test_the_pdf_says_the_same(tmp_path: Path) -> None:
    write_pdf(tmp_path / "audit.pdf", result(SOCKETS, USER, SWAP, RULES, LEDGER))
    written = (tmp_path / "audit.pdf").read_bytes()
    assert written.startswith(b"%PDF-")
    assert len(written) < 200_000
    assert len(re.findall(rb"/Type /Page\b", written)) >= 2


def test_a_report_that_cannot_be_written_is_an_error_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nowhere"):
        write_html(tmp_path / "nowhere" / "audit.html", result(USER))
    with pytest.raises(StoreError, match="nowhere"):
        write_pdf(tmp_path / "nowhere" / "audit.pdf", result(USER))


@pytest.mark.parametrize(
    ("bits", "window_s", "plate", "picture"),
    [
        (64.0, 60, "in 26.2 s", "in 50.0 minutes"),
        (6.4, 3600, "in 4.4 hours", "in 20.8 days"),
        (3200.0, 1, "in 0.1 s", "in 1.0 s"),
    ],
)
def test_the_capacity_is_told_as_time(bits: float, window_s: int, plate: str, picture: str) -> None:
    words = capacity_in_words(bits, window_s)
    assert f"one number plate {plate}" in words
    assert words.endswith(f"(400 bytes) {picture}")
