# SPDX-License-Identifier: Apache-2.0
"""The centre: accepts signed reports, commits them, says so, and serves what it holds.

Follow one report: `ingest/mqtt/subscriber.py` receives it, `ingest/admission.py` judges it by
itself, `ingest/disposition.py` decides it by what `store/port.py` knows, and `ingest/intake.py` has
it committed and acknowledges it. `store/sqlite/reader.py` finds it again, `estimate/series.py` sums
it, `web/api.py` serves it. `service.py` is the only wiring.
"""
