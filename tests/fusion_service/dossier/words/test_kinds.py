# SPDX-License-Identifier: Apache-2.0
"""There are words for whatever a box, a source or a config can name."""

import pytest

from fusion_service.dossier.words.gaps import GAP, gap, gaps_in, limited
from fusion_service.dossier.words.kinds import FEEDS, KINDS, TECHNOLOGIES, Kind
from fusion_service.dossier.words.wording import HOLDS, level_sentence, rule_sentence
from fusion_service.feed_config import FEED_TABLES
from fusion_service.registry.source import Technology
from wire_contract.messages.report import Level, Rule, RuleName


def test_every_kind_technique_and_feed_has_its_words() -> None:
    assert KINDS.keys() == set(Kind)
    assert TECHNOLOGIES.keys() == set(Technology)
    assert FEEDS.keys() == FEED_TABLES.keys()


def test_every_level_has_a_sentence_of_its_own() -> None:
    said = {level_sentence(level) for level in Level}
    assert len(said) == len(Level)
    assert set(Level) - HOLDS.keys() == {Level.UNCONFINED}


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Rule(RuleName.DISCRETE_LAPLACE, (500,)), "epsilon 0,5"),
        (Rule(RuleName.DISCRETE_LAPLACE, (1000,)), "epsilon 1,"),
        (Rule(RuleName.RANDOM_ROUNDING, (5,)), "veelvoud van 5"),
        (Rule(RuleName.SUPPRESS_BELOW, (4,)), "onder 4"),
        (Rule(RuleName.BUCKETS, (0, 10, 50)), "(0, 10, 50)"),
        (Rule(RuleName.EXACT, ()), "niets verborgen"),
    ],
)
def test_a_rule_that_is_no_differential_privacy_is_not_called_so(rule: Rule, said: str) -> None:
    sentence = rule_sentence(rule)
    assert said in sentence
    assert ("epsilon" in sentence) is (rule.name is RuleName.DISCRETE_LAPLACE)


def test_gaps_are_found_wherever_they_stand() -> None:
    tree = {"a": [{"b": gap("de naam")}, "bekend"], "c": f"telt. {gap('hoe lang')}", "d": None}
    assert list(gaps_in(tree)) == [("a[0].b", "de naam"), ("c", "hoe lang")]


def test_no_text_is_cut_without_a_word() -> None:
    assert limited("kort", 4) == "kort"
    assert limited("langer", 4).startswith(f"{GAP}6 tekens passen niet in 4")
    assert limited(gap("de naam"), 4) == gap("de naam")
