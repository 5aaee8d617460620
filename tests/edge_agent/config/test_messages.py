# SPDX-License-Identifier: Apache-2.0
"""What is said of a config to whoever wrote it: words, a line, a remedy; never a stack."""

import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from edge_agent.config import site_rules
from edge_agent.config.messages import PATTERNS
from edge_agent.config.schema import Config, load
from edge_agent.errors import ConfigError
from fusion_service.config import FusionConfig
from fusion_service.config import load as load_centre
from fusion_service.errors import ConfigError as CentreConfigError

ROOT = Path(__file__).parents[3]
EXAMPLE = (ROOT / "firmware_configs/examples/vtest.toml").read_text("utf-8")
GROUND = """
[ground_plane]
pixels = [[0, 0], [600, 0], [600, 400], [0, 400]]
metres = [[0, 0], [6, 0], [6, 4], [0, 4]]
[[masks]]
polygon = [[0, 0], [10, 0], [10, 10]]
[purpose]
controller = "the city"
purpose = "crowds"
legal_basis = "by law"
dpia_reference = "D-1"
contact = "the desk"
end_date = 2030-01-01
"""


def refusal(folder: Path, text: str) -> list[str]:
    (folder / "box.toml").write_text(text, "utf-8")
    with pytest.raises(ConfigError) as refused:
        load(folder / "box.toml")
    return str(refused.value).splitlines()


def line_with(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


@pytest.mark.parametrize(
    ("was", "is_now", "told"),
    [
        (
            '"vtest"',
            '"Pier 1"',
            "device: got 'Pier 1', wanted 1 to 32 of the characters a-z, 0-9 and -",
        ),  # a name with a space
        (
            "length_s = 10",
            'length_s = "7,5"',
            "window.length_s: got '7,5', wanted a whole number (an integer); a number has a point",
        ),
        (
            "threads = 1",
            'threads = "two"',
            "detector.threads: got 'two', wanted a whole number",
        ),  # a word for a number
        (
            "a = [560, 120]",
            "a = [560,5, 120]",
            "lines[0].a: got '[560, 5, 120]', wanted 2 items, x and y; a number has a point",
        ),
        (
            "test_site = true",
            'test_site = "maybe"',
            "test_site: got 'maybe', wanted true or false",
        ),  # a word for a flag
        (
            "[window]",
            "[[window]]",
            "window: got a list, wanted one table (a dictionary): write [window] with one bracket",
        ),
    ],
)
def test_a_mistake_is_told_in_words_with_its_line(
    tmp_path: Path, was: str, is_now: str, told: str
) -> None:
    text = EXAMPLE.replace(was, is_now)
    (line,) = [one for one in refusal(tmp_path, text) if "lines[0].a[" not in one]
    assert line.startswith(f"{tmp_path / 'box.toml'}: {told}")
    assert line.endswith(f"(line {line_with(text, is_now)})")


@pytest.mark.parametrize("name", ["lines", "zones", "masks", "person_heights"])
def test_one_bracket_for_two_is_told_with_what_to_write(tmp_path: Path, name: str) -> None:
    text = (
        EXAMPLE.replace("[[lines]]", "[[other]]").replace("[[zones]]", "[[others]]")
        + f'\n[{name}]\nid = "x"\n'
    )
    (line,) = [line for line in refusal(tmp_path, text) if f": {name}: " in line]
    told = (
        f"{name}: got one table [{name}], wanted a list of them: write [[{name}]] with two brackets"
    )
    assert line.startswith(f"{tmp_path / 'box.toml'}: {told}")
    assert line.endswith(f"(line {line_with(text, f'[{name}]')})")


def test_a_hundred_lines_are_counted_and_not_printed(tmp_path: Path) -> None:
    more = "".join(
        f'[[lines]]\nid = "l{number}"\na = [10, 10]\nb = [90, 90]\n' for number in range(100)
    )
    (line,) = refusal(tmp_path, EXAMPLE + more)
    assert "lines: got 102 of them, wanted at most 16 items" in line
    assert len(line) < 200


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8"])
def test_a_config_saved_with_a_mark_is_read(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "box.toml").write_text(EXAMPLE, encoding)
    assert load(tmp_path / "box.toml").device == "vtest"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1"])
def test_a_config_in_another_encoding_is_named_with_the_line_and_what_to_do(
    tmp_path: Path, encoding: str
) -> None:
    (tmp_path / "box.toml").write_text(f"# Caf\u00e9\n{EXAMPLE}", encoding)
    with pytest.raises(
        ConfigError, match=r"box\.toml: line 1: .*save (it again|the file again) as UTF-8"
    ):
        load(tmp_path / "box.toml")
    with pytest.raises(CentreConfigError, match=r"box\.toml: line 1: .*as UTF-8"):
        load_centre(tmp_path / "box.toml")


@pytest.mark.parametrize("key", ["store.directory", "keys.directory", "camera.path"])
def test_a_path_that_leads_nowhere_is_named(tmp_path: Path, key: str) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "box.toml").write_text(EXAMPLE)
    for value in ("loop/deeper", '"a\\u0000b"', '"' + 300 * "x" + '/y"'):
        try:
            load(tmp_path / "box.toml", (f"{key}={value}",))
        except ConfigError as error:
            assert f"{key}: got " in str(error)  # noqa: PT017 - some Pythons resolve what others refuse; none may break
            assert "leads nowhere" in str(error)  # noqa: PT017 - the same


def test_hours_of_one_minute_are_refused_with_what_the_whole_day_is(tmp_path: Path) -> None:
    lines = refusal(tmp_path, EXAMPLE + GROUND + 'active_hours = "08:00-08:00"\n')
    assert any(
        "purpose: active_hours: got 08:00-08:00, which is one minute a day; the whole day "
        "is 00:00-23:59" in one
        for one in lines
    )


def patterns(schema: Any) -> set[str]:
    if isinstance(schema, dict):
        return (
            {schema["pattern"]} | patterns(list(schema.values()))
            if "pattern" in schema
            else patterns(list(schema.values()))
        )
    return (
        {found for part in schema for found in patterns(part)}
        if isinstance(schema, list)
        else set()
    )


def test_every_pattern_of_the_config_has_its_words() -> None:
    assert patterns(Config.model_json_schema()) - set(PATTERNS) == set()


def unbounded(node: dict[str, Any], defined: dict[str, Any], path: str) -> list[str]:
    """Return every number without two ends, and every list and text without a greatest length."""
    node = defined[node["$ref"].rsplit("/", 1)[-1]] if "$ref" in node else node
    kind, keys = node.get("type"), set(node)
    wrong = kind in ("integer", "number") and not (
        keys & {"minimum", "exclusiveMinimum"} and keys & {"maximum", "exclusiveMaximum"}
    )
    wrong = wrong or (
        kind == "string" and not keys & {"maxLength", "pattern", "enum", "format", "const"}
    )
    wrong = wrong or (kind == "array" and "maxItems" not in keys)
    parts = [
        *node.get("anyOf", ()),
        *node.get("prefixItems", ()),
        *([node["items"]] if isinstance(node.get("items"), dict) else []),
    ]
    found = [path] if wrong else []
    found += [each for part in parts for each in unbounded(part, defined, path)]
    return found + [
        each
        for key, part in node.get("properties", {}).items()
        for each in unbounded(part, defined, f"{path}.{key}")
    ]


@pytest.mark.parametrize("config", [Config, FusionConfig])
def test_every_number_list_and_text_of_a_config_has_its_bounds(
    config: type[Config] | type[FusionConfig],
) -> None:
    schema = config.model_json_schema()
    assert unbounded(schema, schema.get("$defs", {}), "") == []


VALUES = [
    b"nan",
    b"inf",
    b"-inf",
    b"1e400",
    b"9" * 5000,
    b"0x" + b"f" * 5000,
    b"-1",
    b"0",
    b"1e-320",
    b"true",
    b'""',
    b"[]",
    b"{}",
    b"[[]]",
    b'"\\u0000"',
    b"1979-05-27T07:32:00Z",
    b"[[nan, nan], [1, 2], [3, 4]]",
    b'"' + b"x" * 5000 + b'"',
    b"/",
    b'"~/x"',
    b'"' + b"a/" * 3000 + b'"',
    b"0,5",
    "\u201cx\u201d".encode(),
    b"[1e5, 1e5]",
    b"-10000",
    b"[" * 3000,
    b"["
    + b",".join(b"[%d, %d]" % (index % 7 * 1000, index * 37 % 1000) for index in range(32))
    + b"]",
]
PIECES = [
    b"[",
    b"]",
    b'"',
    b"#",
    b"\n",
    b"[[",
    b".",
    b"=",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xc2\xa0",
    b"\x00",
]


def mutated(raw: bytes, chance: random.Random) -> bytes:
    """Return a config with a few slips.

    Bytes turned, cut out, put in, lines doubled, values of another kind.
    """
    for _ in range(chance.randint(1, 5)):
        at, lines = chance.randrange(len(raw) or 1), raw.split(b"\n")
        match chance.randrange(6):
            case 0:
                raw = raw[:at] + bytes([chance.randrange(256)]) + raw[at + 1 :]
            case 1:
                raw = raw[:at] + raw[at + chance.randint(1, 40) :]
            case 2:
                raw = raw[:at] + chance.choice(PIECES) + raw[at:]
            case 3:
                lines.insert(chance.randrange(len(lines)), chance.choice(lines))
                raw = b"\n".join(lines)
            case _:
                keyed = [number for number, line in enumerate(lines) if b"=" in line]
                if keyed:
                    number = chance.choice(keyed)
                    lines[number] = lines[number].split(b"=")[0] + b"= " + chance.choice(VALUES)
                    raw = b"\n".join(lines)
    return raw


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_done_to_an_example_the_answer_is_a_config_or_sentences(
    tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    examples = [
        EXAMPLE.encode(),
        (EXAMPLE + GROUND).encode(),
        (ROOT / "firmware_configs/examples/fusion.toml").read_bytes(),
    ]
    file = tmp_path / "box.toml"
    for _ in range(60):
        file.write_bytes(mutated(chance.choice(examples), chance))
        try:
            config = load(file)
            site_rules.mistakes(config, date(2026, 6, 1))
            config.sha256()
        except ConfigError as error:
            assert str(error).startswith(str(file))  # noqa: PT017 - a config or sentences, either will do
        try:
            load_centre(file)
        except CentreConfigError as error:
            assert str(error).startswith(str(file))  # noqa: PT017 - a config or sentences, either will do
