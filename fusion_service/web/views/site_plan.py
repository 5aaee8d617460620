# SPDX-License-Identifier: Apache-2.0
"""What a client sees of a site's file that it put in force."""

from fusion_service.web.views.base import View


class SitePlanView(View):
    """The version that is in force now, and whether it was made by this."""

    site: str
    version: int
    is_new: bool
