# SPDX-License-Identifier: Apache-2.0
import pytest

from wire_contract.quality import EyeCode, Worth, worth


@pytest.mark.parametrize(
    ("code", "observed", "judged"),
    [
        (EyeCode.FINE, 3, Worth.COUNTED),  # as it should be
        (EyeCode.FINE, 2, Worth.AT_LEAST),  # part of the window was not seen
        (EyeCode.FINE, 0, Worth.AT_LEAST),  # most of it
        (EyeCode.SATURATED, 3, Worth.AT_LEAST),  # too many to tell apart
        (EyeCode.CAMERA_LOST, 3, Worth.AT_LEAST),  # counted until then
        (EyeCode.SILENT, 0, Worth.AT_LEAST),  # nobody said how well
        (
            EyeCode.UNFAMILIAR,
            3,
            Worth.AT_LEAST,
        ),  # like nothing this place has shown: more may have been there
        (EyeCode.COMMISSIONING, 3, Worth.NOT_COUNTED),  # counted at lines that may yet move
        (EyeCode.SENSOR_BLOCKED, 3, Worth.NOT_COUNTED),  # as a blocked camera
        (
            EyeCode.SENSOR_LOST,
            3,
            Worth.AT_LEAST,
        ),  # counted until then, as with a camera that is lost
        *(
            (code, 3, Worth.AT_LEAST) for code in (1, 3, 6, 9)
        ),  # badly seen: dark, blurred, overexposed, rain
        *(
            (code, 3, Worth.NOT_COUNTED) for code in (2, 4, 5)
        ),  # not of this place or not of now: blocked, moved, frozen
        (17, 3, Worth.NOT_COUNTED),  # a later release's
    ],
)
def test_what_counts_are_worth_by_what_the_eye_said(
    code: int, observed: int, judged: Worth
) -> None:
    assert worth(code, observed) is judged
