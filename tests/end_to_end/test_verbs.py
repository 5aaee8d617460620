# SPDX-License-Identifier: Apache-2.0
"""Verbs that no other test says by name: each begins, and ends with a result or one refusal."""

from pathlib import Path

import pytest

from development.trials.verbs import say, verbs

NEVER_SAID_ELSEWHERE = [
    ("edge-agent", "ledger", "close"),
    ("edge-agent", "ledger", "prove"),
    ("edge-agent", "ledger", "prove-consistency"),
    ("edge-agent", "ledger", "show"),
    ("edge-agent", "ledger", "verify"),
    ("edge-agent", "model", "list"),
    ("edge-agent", "model", "verify"),
    ("edge-agent", "units"),
    ("fusion-service", "device", "clear"),
    ("fusion-service", "device", "list"),
    ("fusion-service", "device", "rename"),
    ("fusion-service", "device", "retire"),
    ("fusion-service", "store", "copy"),
]


@pytest.fixture(scope="module")
def known() -> dict[tuple[str, ...], list[str]]:
    """Each verb, and words that it can read: it finds nothing by them."""
    found: dict[tuple[str, ...], list[str]] = {}
    for program, words in verbs():
        if "--help" not in words:
            for length in (1, 2):
                found.setdefault((program, *words[:length]), words)
    return found


@pytest.mark.parametrize("verb", NEVER_SAID_ELSEWHERE, ids=" ".join)
def test_a_verb_ends_with_a_result_or_a_refusal_and_no_stack(
    verb: tuple[str, ...], known: dict[tuple[str, ...], list[str]], tmp_path: Path
) -> None:
    said = say(tmp_path / "place", verb[0], known[verb])
    assert said.wrong == ""
    assert said.code in {0, 1}
    assert said.last
