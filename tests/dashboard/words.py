# SPDX-License-Identifier: Apache-2.0
"""The page's dictionaries, as they are written."""

import json
import re
from pathlib import Path

WORDS = Path(__file__).parents[2] / "dashboard" / "src" / "words"
FILES = {one: (f"{one}.ts", f"desk_{one}.ts", f"exercise_{one}.ts") for one in ("nl", "en")}
"""The second has what is said of a shift, the third of an exercise and a debrief."""
_ENTRY = re.compile(r'^ {2}("(?:[^"\\]|\\.)+"):\s+("(?:[^"\\]|\\.)*"),$', re.MULTILINE)


def dictionary(language: str) -> dict[str, str]:
    """Return all keys of a language, with what it says for each."""
    text = "".join((WORDS / one).read_text("utf-8") for one in FILES[language])
    return {json.loads(key): json.loads(said) for key, said in _ENTRY.findall(text)}
