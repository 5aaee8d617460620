# SPDX-License-Identifier: Apache-2.0
"""The verb of a site's papers: what it writes, whom it names, and with which exit code."""

import hashlib
import json
import subprocess
import tomllib
from pathlib import Path

import pytest

from fusion_service import cli
from fusion_service.commands.dossier.verb import PAPERS_DIFFER
from fusion_service.store.sqlite.site_plans import SqliteSitePlans
from tests.fusion_service.centre import PROGRAM
from tests.fusion_service.dossier.site import CAMERA, DRAWN, NETWORK, made

FILES = [
    "algoritmeregister.json",
    "borden.html",
    "borden.pdf",
    "dossier.html",
    "dossier.json",
    "dossier.pdf",
    "sensorregister.json",
]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture(name="config")
def _config(tmp_path: Path) -> Path:
    """Return a centre's config, whose store has a drawn site and two boxes; papers beside it."""
    path = tmp_path / "fusion.toml"
    path.write_text('[store]\npath = "fusion.sqlite"\n[retention]\nreport_days = 77\n')
    made(tmp_path, CAMERA, NETWORK)
    plans = SqliteSitePlans(tmp_path / "fusion.sqlite", size_mib_max=64)
    assert plans.keep("beach", DRAWN, now_ms=0) is not None
    (tmp_path / "papers").mkdir()
    for one in (CAMERA, NETWORK):
        (tmp_path / "papers" / f"{one.device}.paper").write_bytes(one.file())
    return path


def contents(folder: Path) -> dict[str, str]:
    """Return the hash of every file; what a reader of a store leaves beside it is none."""
    paths = (one for one in folder.iterdir() if one.is_file())
    return {
        one.name: hashlib.sha256(one.read_bytes()).hexdigest()
        for one in paths
        if not one.name.endswith(("-wal", "-shm"))
    }


def test_one_command_writes_all_papers_and_changes_nothing_else(config: Path) -> None:
    before, out = contents(config.parent), config.parent / "out"
    papers = config.parent / "papers"
    done = run("dossier", "beach", "--config", config, "--out", out, "--papers", papers)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(done.stdout.split()) == [str(out / name) for name in FILES]
    assert sorted(one.name for one in out.iterdir()) == FILES
    assert contents(config.parent) == before
    page = (out / "dossier.html").read_text("utf-8")
    assert "<td>77 dagen</td>" in page
    assert "wie de centrale beheert" in page  # nobody is named in this config
    assert json.loads((out / "dossier.json").read_text("utf-8"))["findings"] == []


def test_a_box_whose_paper_is_not_its_own_word_is_named_with_a_code_of_its_own(
    config: Path,
) -> None:
    out, papers = config.parent / "out", config.parent / "papers"
    forged = CAMERA.file().replace(b"Gemeente", b"Gemeynte")
    (papers / "camera.paper").write_bytes(forged)
    (papers / "network.paper").unlink()
    done = run("dossier", "beach", "--config", config, "--out", out, "--papers", papers)
    assert done.returncode == PAPERS_DIFFER
    told = done.stderr.splitlines()
    assert told[0].startswith("camera camera.paper: handtekening klopt niet: ")
    assert told[1].startswith("network: ontbreekt: ")
    page = (out / "dossier.html").read_text("utf-8")
    assert "<td>camera.paper</td><td>handtekening klopt niet</td>" in page
    assert "Gemeynte" not in page


def ask(config: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Run the verb with a file of answers in this process; return its code and what it told."""
    parent = config.parent
    given = ("--out", parent / "out", "--papers", parent / "papers", "--answers", parent / "a.toml")
    code = 0
    try:
        cli.main(["dossier", "beach", "--config", str(config), *map(str, given)])
    except SystemExit as ended:
        code = int(ended.code or 0)
    return code, capsys.readouterr().err


def test_a_file_of_questions_is_made_filled_in_and_asked_only_for_what_is_open(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers, out = config.parent / "a.toml", config.parent / "out"
    code, told = ask(config, capsys)
    asked = tomllib.loads(answers.read_text("utf-8"))["vragen"]
    open_now = len(asked)
    assert (code, told) == (0, f"{answers}: {open_now} van {open_now} vragen staan nog open\n")
    text = answers.read_text("utf-8")
    assert ask(config, capsys)[0] == 0
    assert answers.read_text("utf-8") == text
    question = 'vraag = "de fabrikant van de sensor"'
    head, _, tail = text.partition(question)
    answers.write_text(head + question + tail.replace('antwoord = ""', 'antwoord = "Maker A"', 1))
    assert ask(config, capsys) == (
        0,
        f"{answers}: {open_now - 1} van {open_now} vragen staan nog open\n",
    )
    devices = json.loads((out / "sensorregister.json").read_text("utf-8"))["devices"]
    assert {one["sensors"][0]["manufacturer"] for one in devices} == {"Maker A"}
    again = answers.read_text("utf-8")
    assert again.index("# --- Beantwoord: 1") < again.index(question)
    assert (out / "dossier.pdf").read_bytes().startswith(b"%PDF-")


def test_an_answer_that_a_box_denies_is_refused_by_name_with_the_code_of_papers(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    what = "de afweging van voor- en nadelen, en de andere wegen"
    (config.parent / "a.toml").write_text(
        f'format = 1\nsite = "beach"\n[[vragen]]\nvraag = "{what}"\n'
        'antwoord = "Beelden worden nooit verstuurd."\n'
    )
    code, told = ask(config, capsys)
    assert code == PAPERS_DIFFER
    assert f"{what}: geweigerd: een camera stuurt beelden over een kabel" in told
    assert "nooit verstuurd" not in (config.parent / "out" / "algoritmeregister.json").read_text()
    assert "# GEWEIGERD: een camera stuurt" in (config.parent / "a.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere", "--out", "out"), "nowhere: no file is in force"),
        (("beach", "--out", "out", "--papers", "none"), "none: No such file"),
        (("beach", "--out", "fusion.toml/out"), "name a folder that this user may write"),
        (("beach", "--out", "out", "--answers", "papers"), "name a file to answer in"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(
    config: Path, arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [
        str(config.parent / one) if before in {"--out", "--papers", "--answers"} else one
        for before, one in zip(("", *arguments), arguments, strict=False)
    ]
    with pytest.raises(SystemExit) as ended:
        cli.main(["dossier", *given, "--config", str(config)])
    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 1
