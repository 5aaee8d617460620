# SPDX-License-Identifier: Apache-2.0
"""Sentences in Dutch of what the kernel holds at a level, and of what a rule hides."""

from wire_contract.messages.meta import PrivacyLoss
from wire_contract.messages.report import Level, Rule, RuleName

_BOX = (
    "elk proces van de kast heeft een eigen gebruiker zonder rechten, eigen naamruimten, een "
    "alleen-lezen beeld van het bestandssysteem en een vaste lijst van toegestane systeemaanroepen "
    "op elke draad, van buitenaf gemeten"
)
HOLDS = {
    Level.FULL: f"{_BOX}; ook de regels van het bestandssysteem zelf (Landlock) zijn bewezen",
    Level.STANDARD: _BOX,
    Level.NETWORK_CAMERA: (
        f"{_BOX}; een apart proces houdt de verbinding met die ene camera, achter een eigen "
        "firewall. Wat vóór de kast gebeurt, in de camera en op de kabel, houdt dit niet tegen"
    ),
    Level.NETWORK_COUNTER: (
        f"{_BOX}; een apart proces houdt de verbinding met een telapparaat op het netwerk"
    ),
    Level.REDUCED: "er wordt minder tegengehouden dan bij `standard`; alleen voor proeven",
    Level.PROCESS: (
        "een vaste lijst van toegestane systeemaanroepen op elke draad, en niet meer: geen eigen "
        "gebruikers en geen eigen naamruimten; alleen voor proeven"
    ),
}
"""What the kernel holds at each level at which a box starts."""
_NOTHING = "minder dan waarbij een kast begint; hiervan is niets te beloven"
WEAK = (
    "Deze opstelling is minder afgeschermd dan een kast op straat moet zijn, en geen papier kan "
    "beloven wat niet wordt tegengehouden."
)
"""Said of a box whose level is below those of a box in the street, and of no other."""
_RULES = {
    RuleName.RANDOM_ROUNDING: (
        "Elk getal wordt op toeval afgerond naar een veelvoud van {}. Dat is geen differentiële "
        "privacy: een getal boven nul bewijst dat er iemand was."
    ),
    RuleName.SUPPRESS_BELOW: (
        "Getallen onder {} worden achtergehouden. Dat is geen differentiële privacy: de stap van "
        "achtergehouden naar getoond verraadt iemand op de grens."
    ),
    RuleName.BUCKETS: (
        "Elk getal wordt gegeven als ondergrens van zijn klasse ({}). Dat is geen differentiële "
        "privacy."
    ),
    RuleName.EXACT: "Getallen gaan naar buiten zoals ze zijn. Er wordt niets verborgen.",
}


def rule_sentence(rule: Rule) -> str:
    """Return what a disclosure rule hides, and what it does not."""
    if rule.name is not RuleName.DISCRETE_LAPLACE:
        return _RULES[rule.name].format(", ".join(map(str, rule.parameters)))
    epsilon = thousandths(rule.parameters[0])
    return (
        f"Bij elk getal wordt tweezijdige geometrische ruis opgeteld, met epsilon {epsilon}, "
        "voordat het wordt bewaard of verstuurd. Uit één getal kan niemand opmaken of er één mens "
        f"voorbijkwam, anders dan met een factor e tot de macht {epsilon} in de kansverhouding. "
        "Niet verborgen blijven een lang verblijf, een groep die samen loopt, en gewoonten van een "
        "plek over vele dagen."
    )


def loss_sentence(loss: PrivacyLoss) -> str:
    """Return what one person spends under differential privacy; empty where the box says none."""
    if loss.passage_permille is None or loss.eight_hours_permille is None:
        return ""
    return (
        f"Wie in {loss.passage_s} seconden langs alle lijnen en zones loopt, verbruikt epsilon "
        f"{thousandths(loss.passage_permille)}; wie acht uur in één zone blijft "
        f"{thousandths(loss.eight_hours_permille)}."
    )


def thousandths(value: int) -> str:
    """Write a number of thousandths as Dutch does."""
    return f"{value / 1000:.3f}".rstrip("0").rstrip(".").replace(".", ",")


def level_sentence(level: Level) -> str:
    """Return what the kernel holds at a level, as a sentence that names it."""
    return f"Gemeten niveau `{level}`: {HOLDS.get(level, _NOTHING)}."
