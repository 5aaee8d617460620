# SPDX-License-Identifier: Apache-2.0
"""The registry as it is now, read anew only where a device has changed."""

from fusion_service.registry.registry import NO_DEVICES, Registry
from fusion_service.store.port import Store


class CurrentRegistry:
    """Remembers the registry and the version that it is of."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._registry = Registry.of(())
        self._version = NO_DEVICES

    def read(self) -> Registry:
        """Return the registry. Raises StoreError where the store fails."""
        version = self._store.registry_version()
        if version != self._version:
            self._registry, self._version = self._store.registry(), version
        return self._registry
