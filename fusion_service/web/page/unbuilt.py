# SPDX-License-Identifier: Apache-2.0
"""What a browser is shown where the page was not built: what to do, in two languages."""

from wire_contract.programs.shipped import shipped

_TEXT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The page is not built</title></head><body>
<main><h1>The page is not built</h1>
<p>The centre runs, and its API answers at <a href="/v1/health">/v1/health</a>. The page that people
open was not part of this installation. In a clone, <code>python3 scripts/setup.py run</code> builds
it; then start the centre again. See {page}.</p>
<section lang="nl"><h2>De pagina is niet gebouwd</h2>
<p>De centrale draait, en de API antwoordt op <a href="/v1/health">/v1/health</a>. De pagina zat
niet bij deze installatie. In een kloon bouwt <code>python3 scripts/setup.py run</code> haar; start
daarna de centrale opnieuw. Zie {page}.</p></section></main>
</body></html>
"""


def unbuilt_page() -> bytes:
    """Return the page that says so."""
    return _TEXT.format(page=shipped("docs/PAGE.md")).encode()
