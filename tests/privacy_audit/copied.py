# SPDX-License-Identifier: Apache-2.0
"""A copy of the source that lies.

One mechanism is taken out by a stated change, and the copy's own `edge-agent audit` judges it.

The copy has an environment of its own beside it, whose packages are hard links to ours, so that its
processes load the copy and see nothing of this clone. The environment stays for all tests, the
source is made anew for each.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SOURCES = (
    "edge_agent",
    "fusion_service",
    "privacy_audit",
    "wire_contract",
    "firmware_configs",
    "models",
    "pyproject.toml",
)
FINDER = "__editable___*_finder.py"
WITHIN_S = 240
LIBRARY = "onnxruntime"


@dataclass(frozen=True)
class Change:
    """Text that stands once in a file of the source, and what stands there in the lie.

    How the source breaks the text into lines does not matter; how it is indented does, where the
    text begins with spaces.
    """

    file: str
    before: str
    after: str

    def places(self, text: str) -> int:
        """Return how often the text stands in this source; a lie can be told where it is once."""
        return len(self._pattern().findall(text))

    def told(self, text: str) -> str:
        """Return this source with the lie in it."""
        return self._pattern().sub(lambda _: self.after, text)

    def _pattern(self) -> re.Pattern[str]:
        """Match the text with any white space between its words, and a comma before a bracket."""
        words = re.findall(r"\w+|[^\w\s]", self.before)
        found = [re.escape(words[0])]
        for one, following in pairwise(words):
            between = r"\s+" if one.isidentifier() and following.isidentifier() else r"\s*"
            found += [rf"{between},?{between}" if following in ")]}" else between]
            found += [re.escape(following)]
        stripped = self.before.strip()
        ahead, behind = self.before.split(stripped)
        return re.compile(f"{ahead}{''.join(found)}{behind}")


@dataclass(frozen=True)
class Lie:
    """The mechanism that is gone, the part that looks at it, and what that part must see.

    changes: what takes the mechanism out.
    reports: the inference library is a build that can report to its maker.
    """

    mechanism: str
    part: str
    seen: str
    changes: tuple[Change, ...]
    reports: bool = False


class Copied:
    """The copy and its environment."""

    def __init__(self, folder: Path) -> None:
        self.source, self._venv = folder / "source", folder / "venv"
        subprocess.run(
            [sys.executable, "-I", "-m", "venv", "--without-pip", self._venv], check=True
        )
        packages = (
            self._venv
            / "lib"
            / f"python{sys.version_info.major}.{sys.version_info.minor}"
            / "site-packages"
        )
        self._packages, self._aside = packages, folder / "aside"
        [ours] = {Path(path) for path in sys.path if Path(path, "typer").is_dir()}
        shutil.copytree(
            ours,
            packages,
            copy_function=link,
            ignore=shutil.ignore_patterns(FINDER),
            dirs_exist_ok=True,
            symlinks=True,
        )
        # What makes an editable installation find its source; in the copy it finds the copy.
        [finder] = ours.glob(FINDER)
        (packages / finder.name).write_text(
            finder.read_text().replace(f"{ROOT}/", f"{self.source}/")
        )
        for name, module in (
            ("edge-agent", "edge_agent.cli"),
            ("fusion-service", "fusion_service.cli"),
        ):
            script = self._venv / "bin" / name
            script.write_text(
                f"#!{self._venv}/bin/python -I\nimport sys\nfrom {module} import "
                "main\nsys.exit(main())\n"
            )
            script.chmod(0o755)

    def renew(self) -> None:
        """Make the source as it is in this clone, with the library that belongs to it."""
        if self._aside.exists():
            shutil.rmtree(self._packages / LIBRARY)
            self._aside.rename(self._packages / LIBRARY)
        shutil.rmtree(self.source, ignore_errors=True)
        self.source.mkdir()
        for name in SOURCES:
            path = ROOT / name
            if path.is_dir():
                # With what is compiled: a process that is locked in can keep nothing of its own.
                shutil.copytree(path, self.source / name)
            else:
                shutil.copy(path, self.source / name)
        weights = self.source / "var" / "models"
        weights.mkdir(parents=True)
        for file in (ROOT / "var" / "models").glob("*.onnx"):
            link(str(file), str(weights / file.name))

    def change(self, *changes: Change) -> None:
        """Tell the lie. What it changes must have stood there once, or the test tests nothing."""
        for change in changes:
            path = self.source / change.file
            text = path.read_text()
            assert change.places(text) == 1, (
                f"{change.file}: {change.before!r} stands there {change.places(text)} times"
            )
            path.write_text(change.told(text))

    def let_report(self) -> None:
        """Put a build of the inference library that can report to its maker in its place."""
        (self._packages / LIBRARY).rename(self._aside)
        shutil.copytree(
            ROOT / "var" / "telemetry" / LIBRARY, self._packages / LIBRARY, copy_function=link
        )

    def audit(self, *parts: str) -> tuple[int, dict[str, Any]]:
        """Run these parts of the copy's own audit; return its exit code and what it printed."""
        only = [word for part in parts for word in ("--only", part)]
        command = [self._venv / "bin" / "edge-agent", "audit", "--json", *only]
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            env=environment,
            cwd="/",
            timeout=WITHIN_S,
        )
        assert done.stdout, f"exit code {done.returncode}: {done.stderr[-2000:]}"
        printed: dict[str, Any] = json.loads(done.stdout)
        return done.returncode, printed


def told(changes: Iterable[Change]) -> dict[str, str]:
    """Return the text of each file that these changes make of the source, by its path."""
    texts: dict[str, str] = {}
    for change in changes:
        text = texts.get(change.file) or (ROOT / change.file).read_text()
        assert change.places(text) == 1, f"{change.file}: {change.before!r}"
        texts[change.file] = change.told(text)
    return texts


def link(source: str, target: str) -> None:
    """Lay a file beside itself under another name; across file systems copy it."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
