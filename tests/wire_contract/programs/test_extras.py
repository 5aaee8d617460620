# SPDX-License-Identifier: Apache-2.0
"""Which library belongs to which extra, held against what is declared.

And the sentence for one that is not there.
"""

import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from wire_contract.programs.extras import MODULES, Extra, explained, lacking

PROJECT = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]


@pytest.mark.parametrize("extra", list(Extra))
def test_the_modules_of_an_extra_are_those_of_its_declared_distributions(extra: Extra) -> None:
    declared = {
        re.split(r"[<>=~!\[; ]", name)[0].lower()
        for name in PROJECT["optional-dependencies"][extra]
    }
    distributions = packages_distributions()
    assert {
        distributions[module][0].lower().replace("_", "-") for module in MODULES[extra]
    } == declared


def test_every_extra_but_those_of_this_clone_is_known() -> None:
    assert set(PROJECT["optional-dependencies"]) - {"bench", "dev", "page"} == set(Extra)


def test_nothing_is_said_where_all_is_there() -> None:
    assert lacking(*Extra) == ""


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            ImportError("libgthread-2.0.so.0: cannot open shared object file", name="cv2"),
            "cv2 is installed and cannot be loaded: lib",
        ),
        (
            ImportError("wrong architecture", name="onnxruntime.capi"),
            "onnxruntime is installed and cannot be loaded: wrong",
        ),
        (
            ModuleNotFoundError("No module named 'edge_agent.nothing'", name="edge_agent.nothing"),
            "",
        ),  # a fault of ours stays one
        (ImportError("cannot import name 'x'"), ""),
    ],
)
def test_what_cannot_be_imported_is_explained_where_it_is_a_library_of_an_extra(
    error: ImportError, said: str
) -> None:
    assert explained(error).startswith(said)
    assert bool(explained(error)) == bool(said)
