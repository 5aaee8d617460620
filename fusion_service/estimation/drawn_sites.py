# SPDX-License-Identifier: Apache-2.0
"""Which sites are drawn, each as the version of its file says that is in force."""

import logging
from collections.abc import Mapping

from fusion_service.errors import SiteError
from fusion_service.registry.site import Site
from fusion_service.registry.site_file.reading import read_site
from fusion_service.store.site_plans import SitePlans

log = logging.getLogger(__name__)


class DrawnSites:
    """Reads a file once, when its version comes into force.

    One that this release cannot read is left out and named in the log; it was brought in by
    another.
    """

    def __init__(self, plans: SitePlans) -> None:
        self._plans = plans
        self._versions: dict[str, int] = {}
        self._sites: dict[str, tuple[int, Site]] = {}

    def __call__(self) -> Mapping[str, tuple[int, Site]]:
        """Return version and drawing of each site. Raises StoreError where the store fails."""
        for row in self._plans.in_force():
            if self._versions.get(row.site) == row.version:
                continue
            self._versions[row.site] = row.version
            plan = self._plans.plan(row.site, row.version)
            if plan is None:
                continue
            try:
                site = read_site(plan.content.encode("utf-8"))
            except SiteError as error:
                log.warning("site %s, version %d is left out: %s", row.site, row.version, error)
                self._sites.pop(row.site, None)
                continue
            self._sites[row.site] = (row.version, site)
        return self._sites
