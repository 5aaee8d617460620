# SPDX-License-Identifier: Apache-2.0
"""The wheel alone, in environments of its own.

What an extra brings is missed in one sentence, and advice names what is there.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from shutil import copy2
from zipfile import ZipFile

import pytest

from development.release.build_wheel import PACKAGES, build
from development.set_up.page import BUILT
from development.testbed.centre import Centre
from development.testbed.program import Program, finished
from edge_agent.confinement.process_exit import NOT_INSTALLED_EXIT
from tests.broker import Broker
from wire_contract.programs.extras import Extra

ROOT = Path(__file__).parents[2]
VERBS = ROOT / "development" / "trials" / "verbs.py"
PIP = (sys.executable, "-I", "-m", "pip", "--disable-pip-version-check")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This clone as a wheel."""
    return build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and what it always needs, and no extra; without a network."""
    return installed(wheel, tmp_path_factory.mktemp("bare") / "venv", frozenset())


@pytest.fixture(scope="module")
def whole(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and all that a box, a centre and an audit need."""
    return installed(wheel, tmp_path_factory.mktemp("whole") / "venv", frozenset(Extra))


def installed(wheel: Path, venv: Path, extras: frozenset[str]) -> Path:
    """Make an environment out of the wheel and of the libraries of this one."""
    subprocess.run(
        [sys.executable, "-I", "-m", "venv", "--without-pip", venv], check=True, timeout=300
    )
    [packages] = (venv / "lib").glob("python3.*/site-packages")
    for one in needed(extras):
        for path in one.files or ():
            if path.parts[0] != "..":
                lay(Path(str(one.locate_file(path))), packages / path)
    install = ("install", "--quiet", "--no-deps", "--no-index", wheel)
    subprocess.run([*PIP, "--python", venv / "bin" / "python", *install], check=True)
    return venv


def needed(extras: frozenset[str]) -> Iterator[Distribution]:
    """Yield what the wheel needs with these extras, and what that needs."""
    begun, seen = [("people-count", extras)], set[str]()
    while begun:
        one, wanted = begun.pop()
        for requirement in distribution(one).requires or ():
            written = (re.match(r"[\w.-]+", requirement) or [""])[0].lower()
            name = re.sub(r"[-_.]+", "-", written)  # one package, however it is written (PEP 503)
            extra = re.search(r"extra == [\"'](\w+)", requirement)
            if name in seen or (extra is not None and extra[1] not in wanted):
                continue
            seen.add(name)
            with suppress(PackageNotFoundError):  # what another system or another Python needs
                yield distribution(name)
                begun.append((name, frozenset()))


def lay(source: Path, target: Path) -> None:
    """Let a file have a second name, or where that cannot be, a copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        copy2(source, target)


def test_without_extras_every_verb_that_needs_one_says_so_in_one_sentence_and_both_programs_help(
    bare: Path,
) -> None:
    done = subprocess.run(
        [bare / "bin" / "python", VERBS, "--needing"],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    # It can fail: with the libraries at hand nothing is missing, and a verb that then says so is
    # wrong.
    assert done.stdout.count("not installed: run") == 14


@pytest.mark.parametrize("module", ["edge_agent.processes.sensor", "edge_agent.processes.feeder"])
def test_a_process_whose_library_is_missing_leaves_with_a_code_of_its_own_and_one_sentence(
    bare: Path, module: str
) -> None:
    command = [bare / "bin" / "python", "-I", "-m", module, "0", "1", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == NOT_INSTALLED_EXIT, done.stderr
    assert done.stderr.startswith("edge_agent ERROR ")
    assert (
        f"not installed: run {bare}/bin/python -m pip install 'people-count[sensor]'" in done.stderr
    )
    assert len(done.stderr.splitlines()) == 1


def test_a_unit_of_systemd_says_what_is_missing_before_anything_is_laid_out(
    bare: Path, tmp_path: Path
) -> None:
    command = [
        bare / "bin" / "python",
        "-I",
        "-m",
        "edge_agent.processes.systemd.unit",
        "prepare",
        tmp_path / "absent.toml",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1
    assert "cv2, lap, numpy, onnxruntime not installed: run" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_library_that_is_there_and_does_not_load_is_named_with_what_it_misses(bare: Path) -> None:
    # A shared library that is none, as on another architecture.
    [packages] = (bare / "lib").glob("python3.*/site-packages")
    broken = packages / "lap.so"
    broken.write_bytes(b"\x7fELF of another machine")
    try:
        shown = """
try:
    import lap
except ImportError as error:
    from wire_contract.programs.extras import explained
    print(explained(error))
"""
        done = subprocess.run(
            [bare / "bin" / "python", "-I", "-c", shown], capture_output=True, text=True, check=True
        )
    finally:
        broken.unlink()
    assert done.stdout.startswith("lap is installed and cannot be loaded: ")
    assert "lap.so" in done.stdout


def test_what_a_message_names_lies_in_the_wheels_installation(bare: Path, tmp_path: Path) -> None:
    (tmp_path / "box.toml").write_text("site = 7\nzebra = 1\n")
    done = subprocess.run(
        [bare / "bin" / "edge-agent", "doctor", tmp_path / "box.toml"],
        capture_output=True,
        text=True,
        check=False,
    )
    named = {Path(word) for word in re.findall(r"/\S+share/people-count/[\w./-]+\w", done.stdout)}
    assert named
    assert all(path.is_file() for path in named)


def test_a_wheel_holds_the_packages_the_cards_and_what_messages_name_and_no_development_tool(
    wheel: Path,
) -> None:
    with ZipFile(wheel) as packed:
        names = packed.namelist()
    inside = {name for name in names if name.endswith(".py")}
    written = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
    }
    assert inside == written
    assert not any(name.startswith(("development/", "tests/")) for name in names)
    cards = {Path(name).parent.name for name in names if name.endswith("/model.toml")}
    assert cards == {path.parent.name for path in (ROOT / "models").glob("*/model.toml")}
    page = {str(path.relative_to(ROOT)) for path in BUILT.rglob("*") if path.is_file()}
    assert page <= set(names), "the page, where the set-up built it"
    shared = {name.partition("/share/people-count/")[2] for name in names}
    assert {"docs/CONFIGURATION.md", "broker/acl", "examples/box.template.toml"} <= shared


def test_the_audit_of_a_wheel_says_how_it_is_used_and_nothing_of_development(whole: Path) -> None:
    for verb, code in (("audit", 0), ("replay", 1)):
        command = [whole / "bin" / "edge-agent", verb, "--help"]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
    assert "not part of what a box installs" in done.stderr
    look = "from importlib.util import find_spec; print(find_spec('development'))"
    command = [whole / "bin" / "python", "-I", "-c", look]
    assert subprocess.run(command, capture_output=True, check=True).stdout == b"None\n"


@pytest.mark.skipif(
    os.geteuid() != 0, reason="lays a model under a /var/lib of its own: needs root"
)
def test_a_box_and_a_centre_of_wheels_alone_count_sign_and_commit(
    whole: Path, broker: Broker, street: Path, tmp_path: Path
) -> None:
    model = ROOT / "var" / "models" / "person-ssdlite.onnx"
    place = "/var/lib/people-count/models"
    lay_out = (
        f'mount -t tmpfs tmpfs /var/lib && mkdir -p {place} && cp {model} {place} && exec "$@"'
    )
    in_view = [shutil.which("unshare") or "unshare", "--mount", "/bin/sh", "-c", lay_out, "sh"]
    box = (*in_view, whole / "bin" / "edge-agent")
    settings = {
        "camera.path": street,
        "broker.port": broker.port,
        "window.length_s": 2,
        "disclosure.capacity_bits_per_minute_max": 10_000,
        "store.directory": tmp_path / "box",
        "keys.directory": tmp_path / "keys",
    }
    over = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    config = whole / "share" / "people-count" / "examples" / "vtest.toml"
    finished([whole / "bin" / "edge-agent", "keygen", tmp_path / "keys"])
    centre = Centre(tmp_path / "centre", broker.port)
    centre.program = (whole / "bin" / "fusion-service",)
    centre.add_device("demo/vtest", tmp_path / "keys" / "signing.pub", "--test-site")
    with centre:
        assert "device demo/vtest, test site" in finished([*box, "check", config, *over])
        running = Program([*box, "run", config, *over], tmp_path / "box.log")
        running.start()
        try:
            path = "/v1/devices/demo/vtest/windows?limit=500"
            running.wait_until(lambda: any(one["lines"] for one in centre.get(path)["items"]))
        finally:
            running.stop()


@pytest.mark.campaign
@pytest.mark.parametrize("extra", list(Extra))
def test_with_one_extra_alone_no_verb_ends_in_a_stack(
    wheel: Path, extra: Extra, tmp_path: Path
) -> None:
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-I", "-m", "venv", venv], check=True, timeout=300)
    install = [
        venv / "bin" / "python",
        "-I",
        "-m",
        "pip",
        "install",
        "--quiet",
        f"{wheel}[{extra}]",
    ]
    subprocess.run(install, check=True, timeout=1800)
    done = subprocess.run(
        [venv / "bin" / "python", VERBS], capture_output=True, text=True, check=False, timeout=3600
    )
    print(done.stdout)  # noqa: T201 - the table, for pytest -s
    assert done.returncode == 0, done.stdout + done.stderr
