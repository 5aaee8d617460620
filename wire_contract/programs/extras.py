# SPDX-License-Identifier: Apache-2.0
"""Which libraries the extras of this distribution bring, and the sentence for one that is missing.

A wheel is installed with the extras that a machine needs: a box has no web server, a centre no
camera. pyproject.toml names what is installed; here is by which name it is imported, and
tests/house holds the two together.
"""

import sys
from enum import StrEnum
from importlib.util import find_spec

DISTRIBUTION = "people-count"


class Extra(StrEnum):
    """What a machine does, as in `people-count[sensor]`."""

    SENSOR = "sensor"
    FUSION = "fusion"
    FORECAST = "forecast"
    MODEL = "model"
    AUDIT = "audit"
    REGISTER = "register"


MODULES = {
    Extra.SENSOR: ("cv2", "lap", "numpy", "onnxruntime"),
    # Before the centre's, which has it too: the audit's report is where most machines want it.
    Extra.AUDIT: ("reportlab",),
    Extra.FUSION: (
        "argon2",
        "fastapi",
        "icalendar",
        "nacl",
        "prometheus_client",
        "pyproj",
        "reportlab",
        "uvicorn",
    ),
    Extra.FORECAST: ("holidays", "lightgbm", "numpy"),
    Extra.MODEL: ("numpy", "onnx"),
    Extra.REGISTER: ("segno",),
}
_BROUGHT_ALONG = {"starlette": Extra.FUSION, "h11": Extra.FUSION, "anyio": Extra.FUSION}
"""What these libraries bring themselves, where we import it by its own name."""


def missing(extra: Extra) -> tuple[str, ...]:
    """Return the modules of an extra that are not installed."""
    return tuple(name for name in MODULES[extra] if find_spec(name) is None)


def lacking(*extras: Extra) -> str:
    """Return one sentence that names every extra that is not whole, and how to install them.

    Empty where all are.
    """
    gone = {extra: missing(extra) for extra in extras}
    names = [name for extra in extras for name in gone[extra]]
    short = [extra for extra in extras if gone[extra]]
    if not short:
        return ""
    return f"{', '.join(dict.fromkeys(names))} not installed: run {_install(*short)}"


def explained(error: ImportError) -> str:
    """Return the sentence for a library of an extra that could not be imported.

    Empty where it is none of theirs.
    """
    name = (error.name or "").partition(".")[0]
    extra = next(
        (one for one, modules in MODULES.items() if name in modules), _BROUGHT_ALONG.get(name)
    )
    if extra is None:
        return ""
    if isinstance(error, ModuleNotFoundError) and find_spec(name) is None:
        return lacking(extra) or f"{name} not installed: run {_install(extra)}"
    # The package is there, and something below it is not: a library of the system, or another
    # architecture's build.
    return (
        f"{name} is installed and cannot be loaded: {error}; install what it names, or run "
        f"{_install(extra, anew=True)}"
    )


def _install(*extras: Extra, anew: bool = False) -> str:
    """Return the command.

    For the interpreter that runs this, because another one's libraries would not be seen.
    """
    return (
        f"{sys.executable} -m pip install "
        f"{'--force-reinstall ' * anew}'{DISTRIBUTION}[{','.join(extras)}]'"
    )
