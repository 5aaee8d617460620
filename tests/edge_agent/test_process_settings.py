# SPDX-License-Identifier: Apache-2.0
import os
import subprocess
import sys
from dataclasses import fields, is_dataclass
from enum import Enum
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.process_settings import (
    CameraSettings,
    DetectorSettings,
    GateSettings,
    GroundSettings,
    LineSettings,
    SensorSettings,
    SlotSettings,
    Source,
    UplinkSettings,
    ViewSettings,
    ZoneSettings,
    read_settings,
    write_settings,
)

KINDS = (
    CameraSettings,
    DetectorSettings,
    GateSettings,
    GroundSettings,
    LineSettings,
    SensorSettings,
    SlotSettings,
    UplinkSettings,
    ViewSettings,
    ZoneSettings,
)


def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Draw any value that a field of this type may hold."""
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return st.builds(
            kind, **{field.name: values_of(hints[field.name]) for field in fields(kind)}
        )
    if get_origin(kind) is UnionType:
        return st.one_of(
            *(st.none() if arm is type(None) else values_of(arm) for arm in get_args(kind))
        )
    if get_origin(kind) is tuple:
        arms = get_args(kind)
        return (
            st.lists(values_of(arms[0]), max_size=4).map(tuple)
            if arms[-1] is Ellipsis
            else st.tuples(*map(values_of, arms))
        )
    if issubclass(kind, Enum):
        return st.sampled_from(kind)
    texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    plain = {
        str: texts,
        bool: st.booleans(),
        int: st.integers(-(2**63), 2**63),
        float: st.floats(allow_nan=False, allow_infinity=False),
    }
    return plain[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_settings_come_out_of_a_pipe_as_they_went_in(kind: type[Any]) -> None:
    @given(settings=values_of(kind))
    def comes_out_as_it_went_in(settings: Any) -> None:
        found = read_settings(kind, write_settings(settings))
        assert found == settings
        assert type(found) is kind

    comes_out_as_it_went_in()


def test_words_become_what_they_stand_for_again() -> None:
    camera = CameraSettings(Source.V4L2, "/dev/video0", None, 640, 480, "MJPG", 10.0, paced=False)
    found = read_settings(CameraSettings, write_settings(camera))
    assert found.source is Source.V4L2
    assert found.fps is None


def test_corners_are_tuples_again_so_that_settings_stay_frozen() -> None:
    zone = ZoneSettings("room", ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)), 255)
    assert hash(read_settings(ZoneSettings, write_settings(zone))) == hash(zone)


def test_the_descriptor_is_closed_once_read() -> None:
    descriptor = write_settings(SlotSettings(0.0, 60, replay=False))
    read_settings(SlotSettings, descriptor)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_a_field_that_is_missing_is_refused() -> None:
    with pytest.raises(KeyError, match="source"):
        read_settings(CameraSettings, write_settings(SlotSettings(0.0, 60, replay=False)))


def test_another_process_inherits_them() -> None:
    line = LineSettings("door", (0.0, 1.5), (2.0, 3.0), 255)
    descriptor = write_settings(line)
    code = (
        "import sys; from edge_agent.process_settings import LineSettings, read_settings;"
        "print(read_settings(LineSettings, int(sys.argv[1])), 'pydantic' in sys.modules)"
    )
    command = [sys.executable, "-I", "-c", code, str(descriptor)]
    done = subprocess.run(
        command, pass_fds=[descriptor], capture_output=True, text=True, timeout=30, check=True
    )
    os.close(descriptor)
    assert done.stdout == f"{line} False\n"


def test_the_fullest_box_fits_into_the_pipe_before_anyone_reads() -> None:
    name, path = "x" * 32, "/" + "p" * 255
    corners = tuple((12345.6789, 54321.9876) for _ in range(32))
    view = ViewSettings(
        frame_width_px=7680,
        frame_height_px=4320,
        lines=tuple(LineSettings(name, corners[0], corners[1], 65_535) for _ in range(16)),
        zones=tuple(ZoneSettings(name, corners, 65_535) for _ in range(16)),
        masks=(corners[:3],),
        ground=GroundSettings(corners[:4], corners[:4]),
    )
    sensor = SensorSettings(
        channel_fd=1000,
        camera=CameraSettings(Source.V4L2, path, 240.0, 7680, 4320, "MJPG", 300.0, paced=True),
        detector=DetectorSettings(name, path, path, 1920, 1920, True, 0.95, 0.95, 0.9, 16, name),  # noqa: FBT003 - by place
        view=view,
        slots=SlotSettings(1e9, 3600, replay=True),
    )
    assert read_settings(SensorSettings, write_settings(sensor)) == sensor
