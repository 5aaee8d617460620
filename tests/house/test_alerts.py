# SPDX-License-Identifier: Apache-2.0
"""The alert rules against the metrics that there are, and their own tests in the real promtool."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from fusion_service.context.state import FeedCondition
from fusion_service.ingest.examined import Outcome
from fusion_service.ledger.lost import Why
from fusion_service.web.alarms.metrics import SPANS
from fusion_service.web.device_metrics import PARTS, UNKNOWN
from tests.prometheus import promtool
from wire_contract.messages.report import ClockQuality, Level
from wire_contract.quality import QualityCode

RULE = re.compile(r"- alert: (\w+)\n(?: +#.*\n)*( +)expr: (?:>-\n((?:\2 +.+\n)+)|(.+)\n)")
METRIC = re.compile(r"\b(fusion_\w+|up)\b(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')
TESTED = re.compile(r"alertname: (\w+)(, exp_alerts: \[\])?")
CLOSED = {
    "state": {code.name.lower() for code in QualityCode} | {UNKNOWN},
    "quality": {*ClockQuality, UNKNOWN},
    "level": {*Level, UNKNOWN},
    "part": set(PARTS),
    "outcome": set(Outcome),
    "test_site": {"yes", "no"},
    "why": set(Why),
    "condition": set(FeedCondition),
    "name": {"centre", "broker", "issuing", "root"},
    "span": set(SPANS),
}
"""The words that a label can have; docs/METRICS.md says which metric has which label, and a test
holds it to the code."""


@dataclass(frozen=True)
class Rule:
    name: str
    expr: str


@pytest.fixture(scope="module")
def folder(root: Path) -> Path:
    return root / "firmware_configs" / "prometheus"


@pytest.fixture(scope="module")
def rules(folder: Path) -> list[Rule]:
    text = (folder / "people-count.rules.yml").read_text()
    found = [Rule(name, folded or plain) for name, _, folded, plain in RULE.findall(text)]
    assert len(found) == text.count("- alert:") > 0
    return found


@pytest.fixture(scope="module")
def labels_of(root: Path) -> dict[str, set[str]]:
    rows = re.findall(
        r"^\| `(fusion_\w+)` \| \w+ \| ([^|]*) \|",
        (root / "docs" / "METRICS.md").read_text(),
        re.MULTILINE,
    )
    return {name: set(labels.split()) - {"-"} for name, labels in rows} | {"up": {"job"}}


def test_each_rule_names_metrics_labels_and_words_that_there_are(
    rules: list[Rule], labels_of: dict[str, set[str]]
) -> None:
    for rule in rules:
        named = METRIC.findall(rule.expr)
        assert named, rule
        for metric, matchers in named:
            assert metric in labels_of, f"{rule.name}: there is no {metric}"
            for label, operator, words in MATCHER.findall(matchers):
                assert label in labels_of[metric], f"{rule.name}: {metric} has no {label}"
                if label != "job":
                    said = set(words.split("|") if "~" in operator else [words])
                    assert said <= CLOSED[label], (
                        f"{rule.name}: {label} is never {said - CLOSED[label]}"
                    )


def test_each_state_of_a_camera_but_fine_and_saturated_is_some_rules_business(
    rules: list[Rule],
) -> None:
    named = {
        word
        for rule in rules
        for label, _, words in MATCHER.findall(rule.expr)
        if label == "state"
        for word in words.split("|")
    }
    # Too many people to tell apart, a place unlike itself, a box being set up: no fault of the box.
    assert CLOSED["state"] - named == {"fine", "saturated", "unfamiliar", "commissioning"}


def test_each_rule_is_tested_where_it_fires_and_where_it_is_quiet(
    folder: Path, rules: list[Rule]
) -> None:
    tested = TESTED.findall((folder / "people-count.rules.test.yml").read_text())
    names = {rule.name for rule in rules}
    assert {name for name, quiet in tested if not quiet} == names
    assert {name for name, quiet in tested if quiet} == names


def test_each_rule_is_documented(root: Path, rules: list[Rule]) -> None:
    documented = re.findall(r"PeopleCount\w+", (root / "docs" / "METRICS.md").read_text())
    assert sorted(documented) == sorted(rule.name for rule in rules)


def test_a_silent_box_is_an_alarm_within_three_windows_as_shipped(
    folder: Path, rules: list[Rule]
) -> None:
    (silent,) = (rule for rule in rules if rule.name == "PeopleCountBoxSilent")
    factor = float(silent.expr.partition(" > ")[2].split()[0])
    shipped = (folder / "prometheus.yml").read_text()
    waits_s = [
        int(found)
        for found in re.findall(
            r"^  (?:scrape|evaluation)_interval: (\d+)s$", shipped, re.MULTILINE
        )
    ]
    assert len(waits_s) == 2
    assert factor * 60 + sum(waits_s) <= 3 * 60
    assert factor > 2, "one window that is lost on the way is no silence"


def test_promtool_takes_the_rules_and_the_configuration(folder: Path) -> None:
    for check in (
        ["check", "rules", "people-count.rules.yml"],
        ["check", "config", "--syntax-only", "prometheus.yml"],
    ):
        done = subprocess.run(
            [promtool(), *check], cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_each_rule_fires_and_is_quiet_when_it_must_in_promtool(folder: Path) -> None:
    command = [promtool(), "test", "rules", "people-count.rules.test.yml"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
