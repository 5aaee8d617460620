# SPDX-License-Identifier: Apache-2.0
"""Write the papers of a box into a folder."""

from pathlib import Path

from edge_agent.config.schema import Config
from edge_agent.errors import StoreError
from edge_agent.transparency.assessment import annex
from edge_agent.transparency.entry import as_json, as_text
from edge_agent.transparency.facts import gather
from edge_agent.transparency.page import page, qr_svg


def write_papers(config: Config, directory: Path) -> tuple[Path, ...]:
    """Write register entry, DPIA annex, page and QR code; return their paths.

    Raises ConfigError where the config does not say enough, StoreError where the folder cannot be
    written.
    """
    facts = gather(config)
    papers = {
        "register.json": as_json(facts),
        "register.txt": as_text(facts),
        "dpia-annex.md": annex(facts),
        "index.html": page(facts),
        "qr.svg": qr_svg(facts.page_url, facts.page_url) + "\n",
    }
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, text in papers.items():
            (directory / name).write_text(text, "utf-8")
    except OSError as error:
        raise StoreError(
            f"{directory}: {error}; choose a folder that this user may write"
        ) from error
    return tuple(directory / name for name in papers)
