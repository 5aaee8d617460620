# SPDX-License-Identifier: Apache-2.0
"""The units of the centre: clean by systemd's own check, and as closed as they must be.

Their commands are run for real.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from fusion_service.identity.ca import holders
from tests.broker import free_port
from tests.edge_agent.booted import CLONE, Booted, missing
from tests.fusion_service.centre import PROGRAM, until
from tests.fusion_service.identity.secure_broker import HOST, Identities, SecureBroker, now

UNITS = Path(__file__).parents[2] / "firmware_configs" / "systemd-centre"
INSTALLED = "/opt/people-count/bin/fusion-service"
ANALYZE = shutil.which("systemd-analyze")
EXPOSURE_MAX = {
    "centre": 1.2,
    "enrolment": 1.2,
    "renewal": 1.2,
    "backup": 1.2,
    "rehearsal": 0.7,
    "servers": 2.3,
}
"""As systemd 252 scores them. The servers' is root's, with four of root's rights."""
OF_SYSTEM = {"EnvironmentFile", "ExecStart", "ReadWritePaths", "InaccessiblePaths"}
needs_systemd = pytest.mark.skipif(
    ANALYZE is None, reason="systemd-analyze is not installed: apt install systemd"
)


def settings(unit: str) -> list[tuple[str, str]]:
    """Return a unit's lines, in order; some names stand several times."""
    lines = (UNITS / unit).read_text().splitlines()
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return [(name, value) for name, _, value in pairs]


@needs_systemd
def test_systemd_finds_no_fault_in_the_units(tmp_path: Path) -> None:
    shutil.copytree(UNITS, tmp_path / "units")
    files = sorted(
        path for path in (tmp_path / "units").iterdir() if path.suffix in {".service", ".timer"}
    )
    for path in files:
        path.write_text(path.read_text().replace(INSTALLED, str(PROGRAM)))
    command = [str(ANALYZE), "verify", "--man=no", *map(str, files)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@needs_systemd
@pytest.mark.parametrize("role", EXPOSURE_MAX)
def test_a_unit_is_as_little_exposed_as_it_must_be(role: str) -> None:
    command = [
        str(ANALYZE),
        "security",
        "--offline=true",
        "--no-pager",
        str(UNITS / f"people-count-{role}.service"),
    ]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
    assert found, said
    assert float(found.group(1)) <= EXPOSURE_MAX[role]


def test_who_listens_to_the_network_all_year_sees_neither_authority_nor_copies() -> None:
    found = dict(settings("people-count-centre.service"))
    assert {"-/var/lib/people-count-authority", "-/var/backups/people-count"} <= set(
        found["InaccessiblePaths"].split()
    )


def test_units_of_one_user_with_other_views_run_in_another_group() -> None:
    # The kernel lets a process look at another's view of the disk only where user and group are the
    # same.
    groups = {
        unit.name: dict(settings(unit.name)).get("Group", "root")
        for unit in UNITS.glob("*.service")
    }
    assert groups.pop("people-count-centre.service") == "people-count"
    assert groups.pop("people-count-servers.service") == "root"
    assert set(groups.values()) == {"people-count-office"}
    rows = re.findall(
        r"^([ugm]) (\S+)", (UNITS / "people-count-centre.sysusers").read_text(), re.MULTILINE
    )
    assert rows == [
        ("u", "people-count"),
        ("g", "people-count-office"),
    ]  # and no line that makes the user a member


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
@pytest.mark.parametrize(("gid", "sees"), [(65_202, False), (65_201, True)])
def test_the_kernel_keeps_one_group_from_the_view_of_another(gid: int, *, sees: bool) -> None:
    # The control is the same user in the same group: it sees, so the refusal is the group's doing.
    other = subprocess.Popen(["sleep", "60"], user=65_201, group=65_201, extra_groups=[])  # noqa: S607 - as it is found
    try:
        look = ["ls", f"/proc/{other.pid}/root"]
        seen = subprocess.run(
            look, check=False, capture_output=True, user=65_201, group=gid, extra_groups=[]
        )
        assert (seen.returncode == 0) is sees
    finally:
        other.kill()
        other.wait()


def test_every_folder_that_a_unit_names_is_made() -> None:
    made = set(
        re.findall(
            r"^d (\S+) 07", (UNITS / "people-count-centre.tmpfiles").read_text(), re.MULTILINE
        )
    )
    named = {
        path.lstrip("-")
        for unit in UNITS.glob("*.service")
        for name, value in settings(unit.name)
        if name in {"ReadWritePaths", "InaccessiblePaths"}
        for path in value.split()
    }
    assert named - made == {"/etc/mosquitto"}


# --- the commands, run


class Host:
    """A machine laid out as the units want it, below a folder: their absolute paths begin there."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.running = folder, list[subprocess.Popen[bytes]]()
        for path, mode in re.findall(
            r"^d (\S+) (\d+)", (UNITS / "people-count-centre.tmpfiles").read_text(), re.MULTILINE
        ):
            (folder / path[1:]).mkdir(parents=True, exist_ok=True)
            (folder / path[1:]).chmod(int(mode, 8))
        self.identities = Identities(folder / "made-before")
        (folder / "var/lib/people-count-authority").rmdir()
        self.identities.ca.rename(folder / "var/lib/people-count-authority")
        self.identities.ca = folder / "var/lib/people-count-authority"
        self.etc, self.http = folder / "etc/people-count", free_port()

    def lay_out(self, broker: SecureBroker) -> None:
        opened = self.identities.authority
        opened.issue(holders.client("fusion"), out=self.etc / "tls", days=1, now=now())
        opened.issue(
            holders.broker("localhost", [HOST]), out=self.etc / "enrolment", days=1, now=now()
        )
        tls = (
            '[broker]\nca = "tls/ca.pem"\ncertificate = "tls/fusion.pem"\nkey = "tls/fusion.key"\n'
        )
        store = self.folder / "var/lib/people-count-centre/fusion.sqlite"
        text = f'{tls}port = {broker.port}\n[store]\npath = "{store}"\n[http]\nport = {self.http}\n'
        (self.etc / "fusion.toml").write_text(text)
        values = (UNITS / "centre.env").read_text()
        values = values.replace("broker.example:8883", f"{HOST}:{broker.port}").replace(
            "ENROL_HOST=0.0.0.0", f"ENROL_HOST={HOST}"
        )
        values = values.replace("/etc/mosquitto/people-count", str(broker.folder))
        values = values.replace("/var/lib/mosquitto/mosquitto.pid", str(broker.pid_file))
        values = values.replace("/etc/people-count/", f"{self.etc}/")
        (self.etc / "centre.env").write_text(values)

    def command(self, unit: str) -> list[str]:
        """Return a unit's ExecStart as systemd would expand it, with this host's paths."""
        found = dict(settings(unit))
        values = {}
        if "EnvironmentFile" in found:
            rows = (self.folder / found["EnvironmentFile"][1:]).read_text().splitlines()
            values = {
                row.partition("=")[0]: row.partition("=")[2].strip('"')
                for row in rows
                if row and row[0] != "#"
            }
        words = []
        for word in shlex.split(found["ExecStart"]):
            if word.startswith("${"):
                words.append(values[word[2:-1]])  # one word, whatever it holds
            elif word.startswith("$"):
                words += values[word[1:]].split()  # as many as it holds
            else:
                words.append(
                    f"{self.folder}{word}" if word.startswith("/") and word != INSTALLED else word
                )
        assert words[0] == INSTALLED
        return [str(PROGRAM), *words[1:]]

    def run(self, unit: str) -> str:
        done = subprocess.run(
            self.command(unit), check=False, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def start(self, unit: str) -> Path:
        log = self.folder / f"{unit}.log"
        with log.open("wb") as told:
            self.running.append(subprocess.Popen(self.command(unit), stderr=told))
        return log

    def end(self) -> None:
        for process in self.running:
            process.terminate()
            process.wait(60)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    made = Host(tmp_path)
    yield made
    made.end()


def test_every_command_of_the_units_does_what_its_unit_is_for(host: Host) -> None:
    with SecureBroker(host.identities) as broker:
        host.lay_out(broker)
        host.start("people-count-centre.service")
        url = f"http://127.0.0.1:{host.http}/v1/health"
        until(lambda: _state(url) == "connected", "the centre at the broker")
        assert (
            len(re.findall(r"(?:broker|fusion) good for", host.run("people-count-servers.service")))
            == 3
        )
        assert "0 renewed" in host.run("people-count-renewal.service")
        assert "checked; 1 copies kept" in host.run("people-count-backup.service")
        assert "recovered in" in host.run("people-count-rehearsal.service")
        log = host.start("people-count-enrolment.service")
        until(lambda: "boxes may enrol" in log.read_text(), "the enrolment")
    modes = {
        path.stat().st_mode & 0o077
        for path in (host.folder / "var").rglob("*")
        if path.suffix in {".sqlite", ".log", ".key"}
    }
    assert modes == {0}


def _state(url: str) -> str:
    try:
        return str(httpx.get(url, timeout=5.0).json()["broker"]["state"])
    except httpx.TransportError:
        return ""


# --- under a real systemd


def walled(host: Host, broker: SecureBroker) -> int:
    """Write the units with this host's paths, and what only the test needs; give all to the user.

    Returns its number.
    """
    host.lay_out(broker)
    folder, units, etc = host.folder, host.folder / "units", host.folder / "etc"
    shutil.copytree(UNITS, units)
    for unit in units.glob("*.service"):
        text = unit.read_text().replace(INSTALLED, str(PROGRAM))
        text = re.sub(r"(?<=[ =-])/(?=(?:var/(?:lib|backups)|etc)/)", f"{folder}/", text)
        text = text.replace(
            "StateDirectory=people-count-centre\n",
            f"ReadWritePaths={folder}/var/lib/people-count-centre\n",
        )
        unit.write_text(text)
        (units / f"{unit.name}.d").mkdir()
        log = folder / f"{unit.name}.log"
        (units / f"{unit.name}.d" / "test.conf").write_text(
            # The test lies in a temporary folder, and Python perhaps in a home.
            f"[Service]\nBindReadOnlyPaths={folder} {CLONE} {sys.base_prefix}\nProtectHome=tmpfs\n"
            f"StandardOutput=append:{log}\nStandardError=append:{log}\n"
        )
    # The broker's folder lies where this systemd sees nothing.
    values = host.etc / "centre.env"
    values.write_text(values.read_text().replace(f"{broker.folder}/broker.pem ", ""))
    for name in ("passwd", "group"):
        (etc / name).write_text(Path("/etc", name).read_text())
    sysusers = ["systemd-sysusers", f"--root={folder}", units / "people-count-centre.sysusers"]
    subprocess.run(sysusers, check=True, capture_output=True)
    [uid] = re.findall(r"^people-count:x:(\d+):", (etc / "passwd").read_text(), re.MULTILINE)
    folder.chmod(0o755)
    for path in (*etc.joinpath("people-count").rglob("*"), *(folder / "var").rglob("*")):
        os.chown(path, int(uid), -1)
    return int(uid)


@pytest.mark.campaign
@pytest.mark.skipif(missing() is not None, reason=str(missing()))
def test_a_real_systemd_runs_the_units_and_their_walls_hold(host: Host) -> None:
    with SecureBroker(host.identities) as broker:
        uid = walled(host, broker)
        with Booted(host.folder) as booted:
            begun = booted.systemctl("start", "people-count-centre.service", check=False)
            assert begun.returncode == 0, (host.folder / "systemd.log").read_text()[-3000:]
            url = f"http://127.0.0.1:{host.http}/v1/health"
            until(lambda: _state(url) == "connected", "the centre at the broker")
            pid = booted.pid_of("people-count-centre.service")
            assert Path(f"/proc/{pid}").stat().st_uid == uid
            hidden = Path(f"/proc/{pid}/root{host.folder}/var/lib/people-count-authority")
            assert list(hidden.iterdir()) == []
            assert (host.folder / "var/lib/people-count-authority/ca.pem").exists()
            for role in ("servers", "renewal", "backup", "rehearsal"):
                done = booted.systemctl("start", f"people-count-{role}.service", check=False)
                log = host.folder / f"people-count-{role}.service.log"
                assert done.returncode == 0, done.stderr + (log.read_text() if log.exists() else "")
            booted.systemctl("start", "people-count-enrolment.service")
            log = host.folder / "people-count-enrolment.service.log"
            until(lambda: log.exists() and "boxes may enrol" in log.read_text(), "the enrolment")
            office = booted.pid_of("people-count-enrolment.service")
            look = ["ls", f"/proc/{office}/root"]
            group = Path(f"/proc/{pid}").stat().st_gid
            seen = subprocess.run(
                look, check=False, capture_output=True, user=uid, group=group, extra_groups=[]
            )
            assert seen.returncode != 0
    assert "recovered in" in (host.folder / "people-count-rehearsal.service.log").read_text()
