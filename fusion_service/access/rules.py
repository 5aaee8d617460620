# SPDX-License-Identifier: Apache-2.0
"""The one table: for each route which right it needs, and of what. Pure.

Rule 1: a route that is not in it is refused to everybody; a test names it first. Rule 2: whoever
has a scope gets no answer over what is outside of it: a list over all sites is for whoever may see
all of them, or holds what their scope covers alone, which its route sees to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from fusion_service.access.roles import Identity, Right, roles_with


class Gate(StrEnum):
    """How a route is entered."""

    OPEN = "open"
    """Anybody may ask."""
    OWN_KEY = "own key"
    """The route asks for a key of its own, which opens nothing else."""
    LOG_IN = "log-in"


class Reach(StrEnum):
    """Of what a route answers."""

    NOTHING = "no site"
    EVERYTHING = "every site"
    OWN = "what the scope covers"
    """Its route leaves out the rest."""
    OWN_OF_SITE = "what the scope covers of the site in its path"
    """Its route leaves out the rest."""
    SITE = "the site in its path"
    ZONE = "the zone in its path"
    FEATURE = "the zone in its path, as SITE.ZONE"
    ASKED_SITE = "the site of the query"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a route needs. A path that ends in `...` stands for all that begin so."""

    method: str
    path: str
    gate: Gate
    right: Right | None = None
    reach: Reach = Reach.NOTHING


def _open(path: str, method: str = "GET") -> Rule:
    return Rule(method, path, Gate.OPEN)


def _own_key(method: str, path: str) -> Rule:
    return Rule(method, path, Gate.OWN_KEY)


def _log_in(right: Right, path: str, reach: Reach, method: str = "GET") -> Rule:
    return Rule(method, path, Gate.LOG_IN, right, reach)


RULES = (
    _open("/v1/health"),
    _open("/v1/openapi.json"),
    _open("/v1/public/..."),
    _open("/v1/session", "POST"),
    # What the page is built of holds nothing that was counted.
    _open("/"),
    _open("/zones/{zone}"),
    _open("/alarms"),
    _open("/shift"),
    _open("/wall"),
    _open("/map"),
    _open("/wall/map"),
    _open("/boxes"),
    _open("/boxes/{site}/{device}"),
    _open("/account"),
    _open("/officer"),
    _open("/officer/{site}"),
    _open("/officer/{site}/{device}"),
    _open("/fleet"),
    _open("/editor"),
    _open("/exercise"),
    _open("/debrief"),
    _open("/assets/..."),
    # Late and coarse, as /v1/public tells it; nothing where the config says nothing.
    _open("/public/{site}"),
    _open("/public/{site}/embed"),
    _open("/accessibility"),
    _own_key("POST", "/v1/sources/..."),
    _own_key("PUT", "/v1/sources/..."),
    _own_key("GET", "/steward/..."),
    _own_key("POST", "/steward/..."),
    _log_in(Right.SELF, "/v1/session", Reach.NOTHING),
    _log_in(Right.SELF, "/v1/session", Reach.NOTHING, "DELETE"),
    _log_in(Right.LOOK, "/v1/latest", Reach.OWN),
    _log_in(Right.LOOK, "/v1/sites", Reach.OWN),
    _log_in(Right.LOOK, "/v1/sites/{site}", Reach.OWN_OF_SITE),
    _log_in(Right.LOOK, "/v1/sites/{site}/latest", Reach.OWN_OF_SITE),
    _log_in(Right.LOOK, "/v1/sites/{site}/stream", Reach.OWN_OF_SITE),
    _log_in(Right.LOOK, "/v1/sites/{site}/zones.geojson", Reach.OWN_OF_SITE),
    _log_in(Right.LOOK, "/v1/sites/{site}/map.geojson", Reach.OWN_OF_SITE),
    _log_in(Right.LOOK, "/v1/sites/{site}/buildings.geojson", Reach.SITE),
    _log_in(Right.LOOK, "/v1/sites/{site}/moment", Reach.OWN_OF_SITE),
    _log_in(Right.LOOK, "/v1/sites/{site}/zones/{zone}/series", Reach.ZONE),
    _log_in(Right.LOOK, "/v1/sites/{site}/days", Reach.SITE),
    _log_in(Right.LOOK, "/v1/sites/{site}/plan", Reach.SITE),
    _log_in(Right.DRAW, "/v1/sites/{site}/plan", Reach.SITE, "PUT"),
    _log_in(Right.DRAW, "/v1/sites/{site}/plan/drawing", Reach.SITE),
    _log_in(Right.DRAW, "/v1/sites/{site}/plan/drawing", Reach.SITE, "PUT"),
    _log_in(Right.DRAW, "/v1/sites/{site}/plan/check", Reach.SITE, "POST"),
    _log_in(Right.DRAW, "/v1/sites/{site}/plan/versions", Reach.SITE),
    _log_in(Right.DRAW, "/v1/sites/{site}/plan/changes", Reach.SITE),
    _log_in(Right.LOOK, "/ogc", Reach.NOTHING),
    _log_in(Right.LOOK, "/ogc/conformance", Reach.NOTHING),
    _log_in(Right.LOOK, "/ogc/collections", Reach.NOTHING),
    _log_in(Right.LOOK, "/ogc/collections/zones", Reach.NOTHING),
    _log_in(Right.LOOK, "/ogc/collections/zones/items", Reach.OWN),
    _log_in(Right.LOOK, "/ogc/collections/zones/items/{feature}", Reach.FEATURE),
    # The weather is of no site.
    _log_in(Right.LOOK, "/v1/context", Reach.NOTHING),
    _log_in(Right.STATE, "/metrics", Reach.EVERYTHING),
    _log_in(Right.STATE, "/v1/outcomes", Reach.EVERYTHING),
    _log_in(Right.BOXES, "/v1/devices", Reach.OWN),
    _log_in(Right.BOXES, "/v1/devices/{site}/{device}", Reach.SITE),
    _log_in(Right.BOXES, "/v1/devices/{site}/{device}/windows", Reach.SITE),
    _log_in(Right.BOXES, "/v1/sources", Reach.EVERYTHING),
    _log_in(Right.BOXES, "/v1/windows", Reach.EVERYTHING),
    _log_in(Right.BOXES, "/v1/series/lines", Reach.ASKED_SITE),
    _log_in(Right.BOXES, "/v1/series/zones", Reach.ASKED_SITE),
    _log_in(Right.BOXES, "/v1/gaps", Reach.OWN),
    _log_in(Right.BOXES, "/v1/lost", Reach.OWN),
    _log_in(Right.BOXES, "/v1/dead-letters", Reach.EVERYTHING),
    _log_in(Right.LOG, "/v1/access/entries", Reach.NOTHING),
    _log_in(Right.BOXES, "/v1/officer/{site}", Reach.SITE),
    _log_in(Right.BOXES, "/v1/officer/{site}/{device}", Reach.SITE),
    _log_in(Right.BOXES, "/v1/officer/{site}/{device}/audit", Reach.SITE),
    _log_in(Right.AUDIT, "/v1/officer/{site}/{device}/audit", Reach.SITE, "POST"),
    _log_in(Right.LOOK, "/v1/sites/{site}/levels", Reach.OWN_OF_SITE),
    _log_in(Right.LOOK, "/v1/sites/{site}/zones/{zone}/level", Reach.ZONE),
    _log_in(Right.DECLARE, "/v1/sites/{site}/zones/{zone}/level", Reach.ZONE, "PUT"),
    _log_in(Right.LOOK, "/v1/sites/{site}/outlook", Reach.SITE),
    _log_in(Right.LOOK, "/v1/sites/{site}/forecast", Reach.OWN_OF_SITE),
    _log_in(Right.LOOK, "/v1/sites/{site}/forecast/what-if", Reach.OWN_OF_SITE),
    _log_in(Right.BOXES, "/v1/sites/{site}/forecast/counters", Reach.SITE),
    _log_in(Right.LOOK, "/v1/sites/{site}/forecast/score", Reach.SITE),
    _log_in(Right.FOLLOW, "/v1/sites/{site}/alarms", Reach.SITE),
    _log_in(Right.FOLLOW, "/v1/sites/{site}/alarms/{alarm}", Reach.SITE),
    _log_in(Right.HANDLE, "/v1/sites/{site}/alarms/{alarm}/acknowledgement", Reach.SITE, "POST"),
    _log_in(Right.HANDLE, "/v1/sites/{site}/alarms/{alarm}/assignment", Reach.SITE, "POST"),
    _log_in(Right.HANDLE, "/v1/sites/{site}/alarms/{alarm}/shelf", Reach.SITE, "POST"),
    _log_in(Right.HANDLE, "/v1/sites/{site}/alarms/{alarm}/shelf", Reach.SITE, "DELETE"),
    _log_in(Right.FOLLOW, "/v1/sites/{site}/measures", Reach.OWN_OF_SITE),
    _log_in(Right.HANDLE, "/v1/sites/{site}/zones/{zone}/measures/{measure}", Reach.ZONE, "PUT"),
    _log_in(Right.FOLLOW, "/v1/sites/{site}/log", Reach.SITE),
    _log_in(Right.HANDLE, "/v1/sites/{site}/log", Reach.SITE, "POST"),
    _log_in(Right.FOLLOW, "/v1/sites/{site}/handover", Reach.SITE),
    _log_in(Right.HANDLE, "/v1/sites/{site}/handover", Reach.SITE, "POST"),
    _log_in(Right.HANDLE, "/v1/sites/{site}/handover/acceptance", Reach.SITE, "POST"),
    _log_in(Right.FOLLOW, "/v1/sites/{site}/report", Reach.SITE),
    _log_in(Right.FOLLOW, "/v1/sites/{site}/shift/stream", Reach.SITE),
    _log_in(Right.FOLLOW, "/v1/sites/{site}/debrief", Reach.SITE),
    _log_in(Right.DIRECT, "/v1/exercise", Reach.EVERYTHING),
    _log_in(Right.DIRECT, "/v1/exercise/pace", Reach.EVERYTHING, "PUT"),
    _log_in(Right.DIRECT, "/v1/exercise/jump", Reach.EVERYTHING, "POST"),
    _log_in(Right.DIRECT, "/v1/exercise/lines/{line}", Reach.EVERYTHING, "POST"),
    _log_in(Right.DIRECT, "/v1/exercise/end", Reach.EVERYTHING, "POST"),
)
BEGINNING = "..."
_EXACT = {(rule.method, rule.path): rule for rule in RULES if not rule.path.endswith(BEGINNING)}
_BEGINNINGS = tuple(rule for rule in RULES if rule.path.endswith(BEGINNING))


def rule_of(method: str, template: str) -> Rule | None:
    """Return the rule of a route, by its path as it is written in the code; None where none is."""
    if (rule := _EXACT.get((method, template))) is not None:
        return rule
    return next(
        (
            rule
            for rule in _BEGINNINGS
            if rule.method == method and template.startswith(rule.path.removesuffix(BEGINNING))
        ),
        None,
    )


@dataclass(frozen=True, slots=True)
class Denial:
    """Why somebody who is known may not: what they have, and what would be needed."""

    got: str
    wanted: str


def denied(
    rule: Rule, who: Identity, path: Mapping[str, str], query: Mapping[str, str]
) -> Denial | None:
    """Return why a route that needs a log-in is refused; None where it is allowed."""
    assert rule.right is not None  # noqa: S101 - every rule of a log-in has one
    if not who.may(rule.right):
        roles = ", ".join(roles_with(rule.right))
        return Denial(f"the role {who.role}", f"a role that may {rule.right}: {roles}")
    place = _place(rule.reach, path, query)
    site, _, zone = place.partition("/")
    is_covered = {
        Reach.NOTHING: True,
        Reach.EVERYTHING: who.scope.is_everywhere,
        Reach.OWN: True,
        Reach.OWN_OF_SITE: who.scope.covers_some_of(site),
        Reach.SITE: who.scope.covers_site(site),
        Reach.ASKED_SITE: who.scope.is_everywhere or (site != "" and who.scope.covers_site(site)),
        Reach.ZONE: who.scope.covers_zone(site, zone),
        Reach.FEATURE: who.scope.covers_zone(site, zone),
    }[rule.reach]
    if is_covered:
        return None
    return Denial(f"the scope {who.scope or 'of nothing'}", f"a scope over {place or 'every site'}")


def _place(reach: Reach, path: Mapping[str, str], query: Mapping[str, str]) -> str:
    if reach in {Reach.SITE, Reach.OWN_OF_SITE}:
        return path["site"]
    if reach is Reach.ZONE:
        return f"{path['site']}/{path['zone']}"
    if reach is Reach.FEATURE:
        return path["feature"].replace(".", "/", 1)
    return query.get("site", "") if reach is Reach.ASKED_SITE else ""
