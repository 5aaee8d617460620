# SPDX-License-Identifier: Apache-2.0
"""What is to be expected in a zone that nobody counts: what is usual, and what the flow says. Pure.

Both are logarithms with a standard deviation, and weigh by how sure each is. Where they are far
from each other the whole is less sure.
"""

import math

from fusion_service.estimate.zones.flow import KNOWN_S
from fusion_service.estimate.zones.zone_state import COLD_SD, Guess, ZoneState

USUAL_SD = 0.4
"""How far an uncounted zone is from its learnt usual, as a logarithm."""
OWN_STAY_SD = 0.25
"""How far a zone is from how long people stayed in it while it was counted."""
FLOW_SD = 0.1
APART_SHARE = 0.5
PEOPLE_MIN = 0.2


def guess_of(
    zone: ZoneState,
    hour: float,
    usual: float,
    arrivals: tuple[float, int] | None,
    stay: tuple[float, float],
) -> Guess:
    """Put together what is usual and what the flow says: by how sure each is, as logarithms."""
    seen = zone.usual.times_seen(hour)
    usual_sd = math.sqrt((COLD_SD**2 + seen * USUAL_SD**2) / (1.0 + seen))
    if arrivals is None:
        return Guess(usual, usual_sd, by_flow=False)
    flow = zone.flow
    own = flow.learnt_s / (flow.learnt_s + KNOWN_S)
    longer = own * flow.longer + (1.0 - own) * stay[0]
    flow_sd = math.hypot(stay[1] * (1.0 - own) + OWN_STAY_SD * own, FLOW_SD)
    by_flow = max(arrivals[0] * flow.stay_s * math.exp(longer), PEOPLE_MIN)
    weight = usual_sd**2 / (usual_sd**2 + flow_sd**2)
    mean = weight * math.log(by_flow) + (1.0 - weight) * math.log(usual)
    apart = weight * (1.0 - weight) * (math.log(by_flow) - math.log(usual)) ** 2
    sd = math.sqrt(usual_sd**2 * flow_sd**2 / (usual_sd**2 + flow_sd**2) + APART_SHARE * apart)
    return Guess(math.exp(mean), sd, by_flow=True)
