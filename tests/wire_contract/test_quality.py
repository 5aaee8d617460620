# SPDX-License-Identifier: Apache-2.0
import pytest

from wire_contract.quality import QualityCode, Validity, validity


@pytest.mark.parametrize(
    ("code", "observed", "judged"),
    [
        (QualityCode.FINE, 3, Validity.COUNTED),  # as it should be
        (QualityCode.FINE, 2, Validity.AT_LEAST),  # part of the window was not seen
        (QualityCode.FINE, 0, Validity.AT_LEAST),  # most of it
        (QualityCode.SATURATED, 3, Validity.AT_LEAST),  # too many to tell apart
        (QualityCode.CAMERA_LOST, 3, Validity.AT_LEAST),  # counted until then
        (QualityCode.SILENT, 0, Validity.AT_LEAST),  # nobody said how well
        (
            QualityCode.UNFAMILIAR,
            3,
            Validity.AT_LEAST,
        ),  # like nothing this place has shown: more may have been there
        (QualityCode.COMMISSIONING, 3, Validity.NOT_COUNTED),  # counted at lines that may yet move
        (QualityCode.SENSOR_BLOCKED, 3, Validity.NOT_COUNTED),  # as a blocked camera
        (
            QualityCode.SENSOR_LOST,
            3,
            Validity.AT_LEAST,
        ),  # counted until then, as with a camera that is lost
        *(
            (code, 3, Validity.AT_LEAST) for code in (1, 3, 6, 9)
        ),  # badly seen: dark, blurred, overexposed, rain
        *(
            (code, 3, Validity.NOT_COUNTED) for code in (2, 4, 5)
        ),  # not of this place or not of now: blocked, moved, frozen
        (17, 3, Validity.NOT_COUNTED),  # a later release's
    ],
)
def test_what_counts_are_worth_by_what_the_eye_said(
    code: int, observed: int, judged: Validity
) -> None:
    assert validity(code, observed) is judged
