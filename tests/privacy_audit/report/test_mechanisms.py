# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

from privacy_audit.finding import Mechanism, Verdict
from privacy_audit.report.mechanisms import found, meaning
from tests.privacy_audit.findings import RULES, USER


def test_every_mechanism_is_explained() -> None:
    assert all(meaning(mechanism).endswith(".") for mechanism in Mechanism)


def test_a_fall_counts_before_anything_else_and_a_twin_takes_nothing_away() -> None:
    twin = replace(USER, verdict=Verdict.TWIN)
    assert found((USER, twin)) == {Mechanism.UID: Verdict.PROVEN}
    assert found((USER, twin, replace(USER, verdict=Verdict.UNPROVEN))) == {
        Mechanism.UID: Verdict.UNPROVEN
    }
    assert found((USER, replace(USER, verdict=Verdict.FELL), RULES)) == {
        Mechanism.UID: Verdict.FELL,
        Mechanism.ACL: Verdict.FELL,
    }
