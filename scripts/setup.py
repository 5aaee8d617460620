#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make this clone ready: `python3 scripts/setup.py run|dev`, done by development/set_up."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from development.set_up.set_up import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
