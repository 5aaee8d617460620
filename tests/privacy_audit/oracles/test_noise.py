# SPDX-License-Identifier: Apache-2.0
import hashlib
import math
from collections import Counter

import pytest

from edge_agent.disclosure.noise import Bits
from edge_agent.disclosure.rules import release
from privacy_audit.oracles.noise import Number, noise, released
from wire_contract.messages.report import Rule, RuleName

KEY = hashlib.sha256(b"a test").digest()


def number(index: int) -> Number:
    return Number("a-stream", "a-boot", "LINE", 0, "in", index)


@pytest.mark.parametrize(
    ("rule", "parameter"),
    [
        (RuleName.DISCRETE_LAPLACE, 1000),
        (RuleName.DISCRETE_LAPLACE, 250),  # more noise, longer draws
        (RuleName.RANDOM_ROUNDING, 3),
        (RuleName.RANDOM_ROUNDING, 7),
    ],
)
def test_two_hands_that_wrote_the_rule_draw_the_same(rule: RuleName, parameter: int) -> None:
    for index in range(300):
        one = release(
            index % 40, Rule(rule, (parameter,)), Bits(KEY, number(index).context.decode())
        )
        assert released(index % 40, rule, parameter, KEY, number(index)) == one


def test_the_noise_follows_the_two_sided_geometric_law() -> None:
    draws = Counter(noise(1000, KEY, number(index)) for index in range(4_000))
    q = math.exp(-1.0)
    for size in range(-3, 4):
        chance = (1 - q) / (1 + q) * q ** abs(size)
        assert abs(draws[size] / 4_000 - chance) < 4 * math.sqrt(chance * (1 - chance) / 4_000)


def test_another_key_or_another_name_draws_other_noise() -> None:
    own = [noise(1000, KEY, number(index)) for index in range(100)]
    assert own != [
        noise(1000, hashlib.sha256(b"another").digest(), number(index)) for index in range(100)
    ]
    assert own != [noise(1000, KEY, number(index + 1000)) for index in range(100)]
