# SPDX-License-Identifier: Apache-2.0
"""Documents of sections: what they are made of, their HTML, and their tagged PDF."""
