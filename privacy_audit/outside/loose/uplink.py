# SPDX-License-Identifier: Apache-2.0
"""Stands in the place of the uplink; see `ways`.

Started as `python -I -m` this module SETTINGS LOCKED GO, as a uplink is.
"""

import sys

from privacy_audit.outside.loose.ways import stand_in

if __name__ == "__main__":
    stand_in(*map(int, sys.argv[1:4]))
