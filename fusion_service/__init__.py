# SPDX-License-Identifier: Apache-2.0
"""The centre: accepts signed reports, commits them, says so, and serves what it holds.

Follow one report: `ingest/subscriber.py` receives it, `ingest/admission.py` judges it,
`ingest/intake.py` commits it through `store/writer.py` and acknowledges it, `store/reader.py` finds
it again, `web/api.py` serves it. `service.py` is the only wiring.
"""
