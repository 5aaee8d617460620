# SPDX-License-Identifier: Apache-2.0
from privacy_audit.finding import Verdict
from privacy_audit.release import judgement


def test_the_code_unfamiliar_tells_no_more_than_its_epsilon_and_without_noise_it_tells_all() -> (
    None
):
    (found,) = judgement.look()
    assert found.verdict is Verdict.TWIN
    assert "without the noise they are right in 1.000" in found.detail
