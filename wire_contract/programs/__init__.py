# SPDX-License-Identifier: Apache-2.0
"""What the programs of both sides say and do alike: errors, missing extras, reasons, waits."""
