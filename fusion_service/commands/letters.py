# SPDX-License-Identifier: Apache-2.0
"""The verbs of `fusion-service store` for messages that came to nothing."""

import json
import time
from typing import Annotated

import typer

from fusion_service.commands.needs import need
from fusion_service.commands.options import ConfigOption
from wire_contract.programs.extras import Extra

NEWEST = 2**62
"""Above any row's id."""


def list_dead_letters(
    config: ConfigOption,
    last: Annotated[int, typer.Option(min=1, max=1000, help="How many, the newest first.")] = 20,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """List messages that came to nothing, and why."""
    from rich.console import Console
    from rich.table import Table

    from fusion_service.commands.tables import show
    from fusion_service.config import load
    from fusion_service.store.sqlite.reader import Reader
    from fusion_service.web.views.losses import DeadLetterView

    rows = [
        DeadLetterView.of(row)
        for row in Reader(load(config).store.path).dead_letters(before_id=NEWEST, limit=last)
    ]
    if as_json:
        typer.echo(json.dumps([row.model_dump(mode="json") for row in rows]))
        return
    table = Table("id", "site/device", "channel", "reason", "detail", "times", title="dead letters")
    for row in rows:
        table.add_row(
            str(row.id),
            f"{row.site}/{row.device}",
            row.channel,
            row.reason,
            row.detail,
            str(row.times),
        )
    show(Console(), table)


def replay_dead_letters(config: ConfigOption) -> None:
    """Judge authentic dead letters again, after an upgrade, and commit what is of use now.

    The service may run meanwhile.
    """
    need(Extra.FUSION)
    from fusion_service.config import load
    from fusion_service.ingest.replay import replay
    from fusion_service.store.sqlite.writer import Writer

    settings = load(config)
    store = settings.store
    with Writer(store.path, **store.limits) as writer:
        ended = replay(
            writer, late_after_s=settings.ingest.late_after_s, now_ms=time.time_ns() // 1_000_000
        )
    typer.echo(
        ", ".join(f"{outcome} {number}" for outcome, number in sorted(ended.items()))
        or "no authentic dead letter is kept"
    )
