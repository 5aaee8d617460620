# SPDX-License-Identifier: Apache-2.0
"""Guess from many numbers at once.

All that one passage touches, and all that a stay of eight hours does.

The attacker knows everything but whether this one person was there: everybody else, which numbers
the person would change, and the law of the noise. One number tells such an attacker little; many of
them add up, and how far is measured here.
"""

import hashlib
import random
from dataclasses import dataclass

from edge_agent.config.privacy_loss import Spent, bound, passage, right_share, stay
from edge_agent.config.schema import Config
from edge_agent.disclosure.noise import Bits
from edge_agent.disclosure.rules import release
from privacy_audit.finding import Finding, Verdict
from privacy_audit.oracles import noise
from privacy_audit.oracles.binomial import interval
from privacy_audit.release.membership_findings import finding_of
from wire_contract.messages.report import Rule

SEED = 20_261_129
CASES_MAX, NUMBERS_MAX = 1_000, 40_000
"""So many people or nobodies at most, and so many numbers drawn for all of them: a few seconds."""
CASES_MIN = 12
CONFIDENCE = 0.999
_SUBJECT = "the box's own disclosure code, in the audit"
_KEY = hashlib.sha256(b"the passages of the audit").digest()


@dataclass(frozen=True, slots=True)
class Marked:
    """How many guesses were made and how many were right."""

    guesses: int
    right: int

    def share(self) -> tuple[float, float, float]:
        """Return the share of right guesses, and the ends of its interval."""
        return self.right / self.guesses, *interval(self.right, self.guesses, confidence=CONFIDENCE)


def look(config: Config) -> list[Finding]:
    """Mark the attacker on passages, and where there is a zone on stays."""
    counted, passage_s = config.counted(), config.disclosure.passage_s
    rule = Rule(config.disclosure.rule, config.disclosure.parameters())
    looks = [(f"all numbers of a passage of {passage_s} s", passage(counted, passage_s))]
    if counted.zones:
        looks.append(("all numbers of eight hours in a zone", stay(counted)))
    return [judged(config, name, spent, mark(rule, spent.numbers)) for name, spent in looks]


def mark(rule: Rule, numbers: int) -> Marked:
    """Let one person or nobody be in so many numbers, in each of some cases.

    An attacker guesses, and what was right is counted.

    A number is likelier with the person from 1 on and likelier without under it, always by the same
    factor: the majority decides.
    """
    rng = random.Random(SEED + numbers)  # noqa: S311 - seeded, so that every audit sees the same
    cases = max(CASES_MIN, min(CASES_MAX, NUMBERS_MAX // numbers))
    right = 0
    for case in range(cases):
        present = rng.random() < 0.5  # noqa: PLR2004 - a fair coin
        told = [
            release(int(present), rule, Bits(_KEY, f"{numbers} {case} {place}"))
            for place in range(numbers)
        ]
        votes = sum(1 if number >= 1 else -1 for number in told if number is not None)
        said = votes > 0 if votes else rng.random() < 0.5  # noqa: PLR2004 - at a draw it guesses
        right += said == present
    return Marked(cases, right)


def judged(config: Config, name: str, spent: Spent, marked: Marked) -> Finding:
    """Say what was gained over guessing, and what the noise and the sum of epsilon allow."""
    share, low, high = marked.share()
    detail = (
        f"{spent.numbers:,} numbers: an attacker who knows all else gains {share - 0.5:+.3f} over "
        f"guessing, in {marked.guesses:,} cases (99.9 %: {low - 0.5:+.3f} to {high - 0.5:+.3f})"
    )
    if config.disclosure.rule != noise.LAPLACE:
        detail += (
            f"; the rule {config.disclosure.rule} is not differential privacy and promises no bound"
        )
        return finding_of(name, _SUBJECT, Verdict.UNPROVEN, detail)
    epsilon = config.disclosure.epsilon
    law, loss = right_share(spent.numbers, epsilon), spent.loss_permille(epsilon, 0.0)
    detail += (
        f"; the law of the noise gives {law - 0.5:+.3f}; epsilon {loss / 1000:g} in all allows "
        f"{bound(loss) - 0.5:+.3f}"
    )
    if low > law:
        return finding_of(name, _SUBJECT, Verdict.FELL, detail)
    return finding_of(name, _SUBJECT, Verdict.TWIN, detail)
