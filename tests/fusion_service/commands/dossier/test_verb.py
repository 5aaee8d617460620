# SPDX-License-Identifier: Apache-2.0
"""The verb of a site's papers: what it writes, whom it names, and with which exit code."""

import hashlib
import json
import subprocess
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
    "dossier.html",
    "dossier.json",
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


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere", "--out", "out"), "nowhere: no file is in force"),
        (("beach", "--out", "out", "--papers", "none"), "none: No such file"),
        (("beach", "--out", "fusion.toml/out"), "name a folder that this user may write"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(
    config: Path, arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [
        str(config.parent / one) if before in {"--out", "--papers"} else one
        for before, one in zip(("", *arguments), arguments, strict=False)
    ]
    with pytest.raises(SystemExit) as ended:
        cli.main(["dossier", *given, "--config", str(config)])
    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 1
