# SPDX-License-Identifier: Apache-2.0
"""How time is cut into windows, and the rule that every count of a window passes."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from edge_agent.config.privacy_loss import EPSILON_MIN, PASSAGE_S
from edge_agent.config.sections.fields import Section
from wire_contract.messages.report import Clock, RuleName

EPSILON_MAX = 10.0
OFFSET_S_MAX = 20
"""No window is released later than so long after its end for the sake of others."""


class Window(Section):
    """How time is cut, and when a window is released."""

    length_s: Annotated[int, Field(ge=2, le=3600)] = 60
    release_offset_s: Annotated[int, Field(ge=0, le=OFFSET_S_MAX)] | None = None
    clock: Clock = Clock.LIVE
    clock_wait_s: Annotated[int, Field(ge=0, le=86_400)] = 900
    replay_epoch_s: Annotated[int, Field(ge=0, le=2**40)] = 946_684_800
    """Midnight of 2000-01-01 UTC: a replayed window is seen to be one."""


class Disclosure(Section):
    """The rule every count passes before it is stored, and the bound on a lying sensor."""

    rule: RuleName = RuleName.DISCRETE_LAPLACE
    epsilon: Annotated[float, Field(ge=EPSILON_MIN, le=EPSILON_MAX, allow_inf_nan=False)] = 1.0
    passage_epsilon: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)] | None = None
    passage_s: Annotated[int, Field(ge=1, le=3600)] = PASSAGE_S
    class_epsilon: (
        Annotated[float, Field(ge=EPSILON_MIN, le=EPSILON_MAX, allow_inf_nan=False)] | None
    ) = None
    base: Annotated[int, Field(ge=2, le=100)] = 3
    minimum: Annotated[int, Field(ge=2, le=1000)] = 10
    edges: Annotated[
        tuple[Annotated[int, Field(ge=0, le=10_000)], ...], Field(min_length=2, max_length=32)
    ] = (
        0,
        5,
        10,
        20,
        50,
        100,
    )
    capacity_bits_per_minute_max: Annotated[float, Field(gt=0, le=100_000)] = 180.0

    @model_validator(mode="after")
    def _edges_rise(self) -> Self:
        if self.edges[0] != 0 or any(
            low >= high for low, high in zip(self.edges, self.edges[1:], strict=False)
        ):
            raise ValueError("edges must begin with 0 and rise")
        return self

    @model_validator(mode="after")
    def _one_budget(self) -> Self:
        if self.passage_epsilon is None:
            return self
        if self.rule is not RuleName.DISCRETE_LAPLACE:
            raise ValueError(
                f"passage_epsilon belongs to discrete_laplace, got rule {self.rule}; leave one of "
                "the two out"
            )
        if "epsilon" in self.model_fields_set:
            raise ValueError(
                "epsilon and passage_epsilon are both given; give one, the other follows"
            )
        return self

    @model_validator(mode="after")
    def _classes_by_their_rule(self) -> Self:
        if self.class_epsilon is not None and self.rule is not RuleName.DISCRETE_LAPLACE:
            raise ValueError(
                f"class_epsilon belongs to discrete_laplace, got rule {self.rule}; leave it out: "
                "no class leaves under random_rounding, suppress_below or buckets, and every "
                "class as it is under exact"
            )
        return self

    def class_epsilon_thousandths(self) -> int:
        """Return the epsilon of each class that leaves in a window, in thousandths.

        0 where none leaves, and where all leave as they are under `exact`.
        """
        return round((self.class_epsilon or 0.0) * 1000)

    def parameters(self) -> tuple[int, ...]:
        """Return the rule's parameters as they travel in the report."""
        return {
            RuleName.DISCRETE_LAPLACE: (round(self.epsilon * 1000),),
            RuleName.RANDOM_ROUNDING: (self.base,),
            RuleName.SUPPRESS_BELOW: (self.minimum,),
            RuleName.BUCKETS: self.edges,
            RuleName.EXACT: (),
        }[self.rule]
