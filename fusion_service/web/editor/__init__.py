# SPDX-License-Identifier: Apache-2.0
"""What the site editor asks: a drawing of a site, its check, its versions; docs/EDITOR.md."""
