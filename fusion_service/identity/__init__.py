# SPDX-License-Identifier: Apache-2.0
"""Who may speak to the broker, and as whom: an offline certificate authority in one folder.

Nothing of it runs beside the centre; the folder belongs on a medium that is put away. Read
`names.py` first: what a certificate says is what the broker's access list goes by.
"""
