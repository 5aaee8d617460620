# SPDX-License-Identifier: Apache-2.0
import random

from privacy_audit.release.side_channel import accuracy, of_window, separation

RNG = random.Random(1)
PRESENT = [RNG.random() < 0.5 for _ in range(1_000)]


def test_what_has_nothing_to_do_with_a_person_is_guessed_as_by_chance() -> None:
    features = [{"class": RNG.randrange(4), "time": RNG.randrange(10_000)} for _ in PRESENT]
    assert abs(accuracy(features, PRESENT) - 0.5) < 0.1


def test_one_field_that_tells_is_found_among_many() -> None:
    plain = [{"noise": RNG.randrange(4), "speed": 3 if one else 0} for one in PRESENT]
    slow = [
        {"noise": RNG.randrange(4), "time": RNG.randrange(1_000) + (400 if one else 0)}
        for one in PRESENT
    ]
    assert accuracy(plain, PRESENT) == 1.0
    assert accuracy(slow, PRESENT) > 0.65


def test_a_time_that_waits_for_a_person_is_no_chance() -> None:
    people = PRESENT[:16]
    assert separation([5.0 if one else 4.0 for one in people], people, seed=1) < 0.01
    assert separation([float(index % 5) for index in range(16)], people, seed=1) > 0.05


def test_the_length_is_taken_without_the_digits_of_the_counts() -> None:
    window = {
        "image_quality": {"code": 0},
        "health": {"disk": 1},
        "lines": [{"id": "a", "in": -10, "out": None}],
        "zones": [{"id": "z", "mean": 7, "peak": 8, "speed": 0, "standing": 0}],
    }
    assert of_window(window, 100)["length"] == 100 - len("-10") - len("null") - 2
    assert of_window(window, 100)["z speed"] == 0
