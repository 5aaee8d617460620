# SPDX-License-Identifier: Apache-2.0
"""How the API asks who one is: the guard before every route, log-in, and the access log."""
