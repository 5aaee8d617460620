# SPDX-License-Identifier: Apache-2.0
"""Somebody who has no mouse: goes from place to place by Tab, and reads where they are."""

from development.testbed.browser import Tab

STEPS_MAX = 80
WHERE = (
    "(() => { const at = document.activeElement; const named = at.getAttribute('aria-label') ?? "
    "(at.labels?.length ? at.labels[0].textContent : at.textContent); "
    "return named.replace(/[\\u2068\\u2069]/gu, '').trim(); })()"
)


def go_to(tab: Tab, words: str) -> None:
    """Press Tab until what has the focus begins with these words."""
    reached = []
    for _ in range(STEPS_MAX):
        tab.press("Tab")
        reached.append(tab.evaluate(WHERE))
        if reached[-1].startswith(words):
            return
    raise AssertionError(f"{words}: not reached by Tab, only {reached}")


def open_page(tab: Tab, words: str, shown: str) -> None:
    """Go to a page of the head, by its link."""
    tab.evaluate("document.querySelector('.skip').focus()")
    go_to(tab, words)
    tab.press("Enter")
    tab.wait(shown)
