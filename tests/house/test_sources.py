# SPDX-License-Identifier: Apache-2.0
"""What every file of the repository keeps to."""

import ast
import re
from pathlib import Path

LICENCE = "# SPDX-License-Identifier: Apache-2.0"
SIZE_BYTES_MAX = 1_000_000
WEIGHTS_AND_VIDEOS = {
    ".avi",
    ".bin",
    ".caffemodel",
    ".engine",
    ".h264",
    ".h5",
    ".mkv",
    ".mov",
    ".mp4",
    ".ncnn",
    ".npz",
    ".onnx",
    ".ort",
    ".pb",
    ".pt",
    ".pth",
    ".safetensors",
    ".tflite",
    ".webm",
}
PATCHERS = {"mock", "unittest.mock", "pytest_mock", "monkeytype"}
PATCHING_FIXTURES = {"class_mocker", "mocker", "module_mocker", "monkeypatch", "session_mocker"}
# Written so that this file does not find itself.
UNFINISHED = re.compile(r"\b(T[O]DO|F[I]XME|X[X]X|NotImplemented[E]rror)\b")
SOMEONES_MACHINE = re.compile(r"(?<![\w.-])/(?:wor[k]|roo[t])/")
PRIVATE_HOST = re.compile(
    r"https?://(?:[^\s/@]+:[^\s/@]+@|[\w.-]+\.(?:corp|home|internal|intra|lan|local)\b)"
)


def text_of(path: Path) -> str:
    """Return a text file's content, empty for anything else."""
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return ""


def found(pattern: re.Pattern[str], files: list[Path], root: Path) -> list[str]:
    """Return file, line and match of each place where a pattern stands."""
    return [
        f"{path.relative_to(root)}:{number}: {match.group()}"
        for path in files
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if (match := pattern.search(line))
    ]


def test_every_source_file_says_its_licence_first(files: list[Path], root: Path) -> None:
    silent = []
    for path in files:
        lines = text_of(path).splitlines()[:2]
        script = bool(lines) and lines[0].startswith("#!")
        if (path.suffix in {".py", ".toml"} or script) and LICENCE not in lines[
            script : script + 1
        ]:
            silent.append(str(path.relative_to(root)))
    assert sorted(silent) == []


def test_no_test_patches_or_mocks(files: list[Path], root: Path) -> None:
    patching = []
    for path in files:
        if path.suffix != ".py" or path.relative_to(root).parts[0] != "tests":
            continue
        # Each of the names has one of these in it.
        if not re.search("mock|monkey", text_of(path), re.IGNORECASE):
            continue
        for node in ast.walk(ast.parse(text_of(path))):
            names: set[str] = set()
            if isinstance(node, ast.Import):
                names = {alias.name for alias in node.names} & PATCHERS
            elif isinstance(node, ast.ImportFrom):
                names = {
                    str(node.module),
                    *(f"{node.module}.{alias.name}" for alias in node.names),
                } & PATCHERS
            elif isinstance(node, ast.arg):
                names = {node.arg} & PATCHING_FIXTURES
            elif isinstance(node, ast.Attribute):
                names = {node.attr} & {"MonkeyPatch"}
            patching += [f"{path.relative_to(root)}:{node.lineno}: {name}" for name in names]  # type: ignore[attr-defined] # each kind above has a line
    assert patching == []


def test_nothing_is_left_for_later(files: list[Path], root: Path) -> None:
    sources = [
        path
        for path in files
        if path.suffix in {".py", ".sh", ".toml"} or path.parent.name in {"scripts", ".ci"}
    ]
    assert found(UNFINISHED, sources, root) == []


def test_no_text_names_the_machine_it_was_written_on(files: list[Path], root: Path) -> None:
    assert found(SOMEONES_MACHINE, files, root) == []


def test_no_text_names_a_private_host(files: list[Path], root: Path) -> None:
    assert found(PRIVATE_HOST, files, root) == []


def test_git_holds_no_large_file(published: list[Path], root: Path) -> None:
    sizes = {str(path.relative_to(root)): path.stat().st_size for path in published}
    assert {name: size for name, size in sizes.items() if size > SIZE_BYTES_MAX} == {}


def test_git_holds_no_weights_and_no_videos(published: list[Path], root: Path) -> None:
    assert [
        str(path.relative_to(root))
        for path in published
        if path.suffix.lower() in WEIGHTS_AND_VIDEOS
    ] == []
