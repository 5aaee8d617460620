# SPDX-License-Identifier: Apache-2.0
import re
from pathlib import Path

import pytest

from edge_agent.operations.commission import page
from edge_agent.operations.commission.page.http_answer import answer, length_of

KNOWN = "t0ken"
ASSETS = Path(str(page.__file__)).with_name("assets")
DOCUMENTS = {"page.html": b"<html>", "page.js": b"js", "page.css": b"css"}


def said(request: str, body: bytes = b"") -> bytes:
    head = request.replace("\n", "\r\n").encode()
    return answer(head, body, token=KNOWN, documents=DOCUMENTS, ask=lambda what: what).bytes


@pytest.mark.parametrize(
    ("request_line", "begins"),
    [
        ("GET /t0ken/ HTTP/1.1", b"HTTP/1.1 200"),
        ("GET /t0ken/page.js HTTP/1.1", b"HTTP/1.1 200"),
        ("GET /t0ken/state HTTP/1.1", b"HTTP/1.1 200"),
        ("POST /t0ken/ask HTTP/1.1", b"HTTP/1.1 200"),
        ("GET / HTTP/1.1", b"HTTP/1.1 404"),  # who does not know the token is told nothing
        ("GET /t0ke/ HTTP/1.1", b"HTTP/1.1 404"),
        ("GET /t0ken/../../etc/passwd HTTP/1.1", b"HTTP/1.1 404"),
        ("GET /t0ken/page_server.py HTTP/1.1", b"HTTP/1.1 404"),
        ("PUT /t0ken/ask HTTP/1.1", b"HTTP/1.1 404"),
        ("POST /t0ken/ask HTTP/1.1\nSec-Fetch-Site: cross-site", b"HTTP/1.1 403"),
        ("nonsense", b"HTTP/1.1 404"),
        ("", b"HTTP/1.1 404"),
    ],
)
def test_who_asks_is_answered_by_the_table(request_line: str, begins: bytes) -> None:
    assert said(request_line).startswith(begins)


def test_every_answer_forbids_the_page_to_ask_anybody_else() -> None:
    for request in ("GET /t0ken/ HTTP/1.1", "GET / HTTP/1.1"):
        assert b"default-src 'none'" in said(request)
        assert b"connect-src 'self'" in said(request)
        assert b"no-store" in said(request)


def test_a_question_goes_on_as_it_came() -> None:
    assert said("POST /t0ken/ask HTTP/1.1", b'{"do":"finish"}').endswith(b'\r\n\r\n{"do":"finish"}')
    assert length_of(b"POST / HTTP/1.1\r\ncontent-length: 12\r\nX: y") == 12
    assert length_of(b"POST / HTTP/1.1\r\nX-Content-Length: 12") == 0


def test_the_page_names_nobody_but_itself_and_both_languages_say_the_same() -> None:
    texts = {path.name: path.read_text() for path in ASSETS.iterdir()}
    assert [
        name for name, text in texts.items() if re.search(r"https?://|url\(|@import", text)
    ] == []
    assert "style=" not in texts["page.html"]
    words = {
        language: set(re.findall(r'(?:^|[ {,])"?(\w+)"?: "', block))
        for language, block in re.findall(
            r"\n  (en|nl): \{(.*?)\n  \},", texts["page.js"], re.DOTALL
        )
    }
    assert words["en"] == words["nl"]
    assert len(words["en"]) > 60
