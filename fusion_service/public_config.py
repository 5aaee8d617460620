# SPDX-License-Identifier: Apache-2.0
"""The tables of fusion.toml about what anybody may read, and who answers for it."""

from typing import Annotated, Literal

from pydantic import Field

from fusion_service.config_fields import ConfigTable

_HTTPS = Field(pattern=r"^https://[^\s]{1,200}$", description="an address with https://")
HttpsAddress = Annotated[str, _HTTPS]
Origin = Annotated[str, Field(pattern=r"^https://[a-z0-9.-]{1,190}(:[0-9]{1,5})?$")]


class PublicConfig(ConfigTable):
    """What anybody may know of a site: late, and coarse, at /v1/public/SITE and /public/SITE."""

    enabled: Annotated[bool, Field(description="true or false")] = False
    """Off, until somebody who may decides it."""
    delay_s: Annotated[
        int, Field(ge=60, le=86_400, description="a whole number from 60 to 86400")
    ] = 900
    """A quarter of an hour: late enough that nobody steers by it, soon enough to stay at home."""
    round_to: Annotated[
        int, Field(ge=10, le=10_000, description="a whole number from 10 to 10000")
    ] = 100
    """People are said between two multiples of it."""
    forecast: Annotated[bool, Field(description="true or false")] = False
    """Off: a city that told what was counted has not decided yet to tell what comes."""
    embed: Annotated[
        tuple[Origin, ...],
        Field(strict=False, max_length=20, description="up to 20 origins such as https://city.nl"),
    ] = ()
    """Nobody: a frame in a page of others is theirs to dress up."""
    dossier_url: HttpsAddress | None = None
    """None: the page says that there is no link yet."""
    register_url: HttpsAddress | None = None
    """The same."""


class AccessibilityConfig(ConfigTable):
    """Who answers for how accessible this centre is; the statement shows what is left out."""

    organisation: Annotated[
        str | None, Field(min_length=1, max_length=100, description="1 to 100 characters")
    ] = None
    """Whose website this is."""
    email: Annotated[
        str | None, Field(pattern=r"^[^@\s]{1,64}@[^@\s]{1,190}$", description="an e-mail address")
    ] = None
    """Of a desk, where somebody who is held up by the page asks."""
    phone: Annotated[
        str | None, Field(pattern=r"^[+0-9 ()-]{3,30}$", description="a telephone number")
    ] = None
    """The same, for whoever does not write."""
    status: Annotated[Literal["A", "B", "C", "D", "E"] | None, Field(description="A to E")] = None
    """Of the Dutch model: whoever answers gives it, after an investigation."""
    drawn_up_on: Annotated[
        str | None,
        Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description="a day such as 2026-11-30, in quotes"),
    ] = None
    """A statement is looked at again each year."""
    report_url: HttpsAddress | None = None
    """Of an investigation by others."""
