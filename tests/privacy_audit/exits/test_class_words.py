# SPDX-License-Identifier: Apache-2.0
from privacy_audit.exits.attacks.table import EXIT_CLASSES
from privacy_audit.exits.class_words import WORDS, explained


def test_every_class_that_is_tried_is_explained() -> None:
    assert set(EXIT_CLASSES) - set(WORDS) == set()
    assert all(words.endswith(".") for words in WORDS.values())


def test_what_was_seen_follows_what_the_class_is_about() -> None:
    assert explained("exec", "4 ways tried") == "Starting another program. 4 ways tried."
    assert explained("swap", "no swap to search") == "no swap to search"
