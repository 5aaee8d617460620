# SPDX-License-Identifier: Apache-2.0
"""The page's dictionaries, as they are written."""

import json
import re
from pathlib import Path

WORDS = Path(__file__).parents[2] / "dashboard" / "src" / "words"
KINDS = ("", "desk_", "officer_", "exercise_")
"""What is said of the page itself, of a shift, of boxes to who looks after them, of exercises."""
FILES = {one: tuple(f"{kind}{one}.ts" for kind in KINDS) for one in ("nl", "en")}
_ENTRY = re.compile(r'^ {2}("(?:[^"\\]|\\.)+"):\s+("(?:[^"\\]|\\.)*"),$', re.MULTILINE)


def dictionary(language: str) -> dict[str, str]:
    """Return all keys of a language, with what it says for each."""
    text = "".join((WORDS / one).read_text("utf-8") for one in FILES[language])
    return {json.loads(key): json.loads(said) for key, said in _ENTRY.findall(text)}
