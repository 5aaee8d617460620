# SPDX-License-Identifier: Apache-2.0
"""What the public page says, in plain words: Dutch and English of level B1."""
