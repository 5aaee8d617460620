# SPDX-License-Identifier: Apache-2.0
"""The kernel's own means, one a file: seccomp, Landlock, namespaces."""
