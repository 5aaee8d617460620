# SPDX-License-Identifier: Apache-2.0
"""The paper that a centre joins with those of other boxes: one file, signed by the box's key.

A person runs this at the box, and carries the file. It says what the config says, and nothing that
the box has seen.
"""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_agent.config.paths import cards_directory, weights_directory
from edge_agent.config.schema import Config
from edge_agent.errors import StoreError
from edge_agent.keys import SIGNING_KEY, read_secret
from edge_agent.models.added import file_sha256
from edge_agent.models.card import read_card
from edge_agent.transparency.facts import Facts, gather
from edge_agent.transparency.wording import Origin
from wire_contract.messages.report import Rule
from wire_contract.programs.box_paper import (
    DEGREES,
    PAPER_VERSION,
    Paper,
    Pictures,
    seal_paper,
)

_PICTURES = {
    Origin.ATTACHED: Pictures.ATTACHED,
    Origin.NETWORK: Pictures.NETWORK,
    Origin.FILE: Pictures.FILE,
}


def export_paper(config: Config, path: Path, *, software: str, made_s: int) -> None:
    """Write the signed paper of a box; a later one takes the place of an earlier one.

    Raises ConfigError where the config does not say enough, ModelError where nothing says which
    model file is meant, StoreError where the key cannot be read or the file written.
    """
    paper = _paper(config, gather(config), software=software, made_s=made_s)
    key = Ed25519PrivateKey.from_private_bytes(read_secret(config.keys.directory / SIGNING_KEY))
    try:
        path.write_bytes(seal_paper(paper, key.sign))
    except OSError as error:
        raise StoreError(
            f"{path}: {error.strerror}; name a file that this user may write"
        ) from error


def _paper(config: Config, facts: Facts, *, software: str, made_s: int) -> Paper:
    purpose = facts.purpose
    card = read_card(cards_directory() / facts.model)
    return Paper(
        v=PAPER_VERSION,
        site=facts.site,
        device=facts.device,
        test_site=int(facts.test_site),
        made_s=made_s,
        software=software,
        config=facts.config_sha256,
        model=facts.model,
        model_sha256=file_sha256(card, weights_directory() / card.onnx_name),
        level_min=facts.level_min,
        level=facts.level,
        pictures=_PICTURES[facts.origin],
        controller=purpose.controller,
        purpose=purpose.purpose,
        legal_basis=purpose.legal_basis,
        dpia_reference=purpose.dpia_reference,
        contact=purpose.contact,
        active_hours=purpose.active_hours,
        end_date=purpose.end_date.isoformat(),
        place=facts.place,
        page_url=facts.page_url,
        latitude=_parts(purpose.latitude),
        longitude=_parts(purpose.longitude),
        length_s=facts.window_s,
        rule=Rule(facts.rule, facts.parameters),
        lines=facts.lines,
        zones=facts.zones,
        masks=facts.masks,
        capacity_millibits=round(facts.capacity_bits_per_minute * 1000),
        track_ms=round(facts.track_s * 1000),
        reports_kept=facts.reports_kept,
        payload_days=config.store.payload_days,
        store_bytes=facts.store_bytes,
    )


def _parts(degrees: float | None) -> int | None:
    return None if degrees is None else round(degrees * DEGREES)
