# SPDX-License-Identifier: Apache-2.0
"""Base of every shape that a client may see, and what every list and refusal looks like."""

from typing import Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict


class View(BaseModel):
    """Base of every shape: frozen, and nothing besides what is listed."""

    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)

    @classmethod
    def of(cls, row: object) -> Self:
        """Show a row of the store: each field from the attribute of the same name.

        Only what is listed here can be seen.
        """
        return cls.model_validate(row)


T = TypeVar("T", bound=View)


class Page(View, Generic[T]):
    """One page of a list.

    `next` is the value of the cursor parameter that asks for the page after; null at the end.
    """

    items: tuple[T, ...]
    next: str | None


class ProblemView(View):
    """One thing that is wrong with a request."""

    where: str
    got: str
    wanted: str


class ProblemsView(View):
    """The body of every answer that is not a success: problem details of RFC 9457.

    `problems` has each thing that is wrong; `detail` says the same in one line.
    """

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str
    problems: tuple[ProblemView, ...]
