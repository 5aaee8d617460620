# SPDX-License-Identifier: Apache-2.0
"""What the printed debrief says, a module a language."""
