# SPDX-License-Identifier: Apache-2.0
"""Write the report into a file, as HTML or as a PDF."""

from pathlib import Path

from edge_agent.errors import ConfigError, StoreError
from privacy_audit.report.html import as_html
from privacy_audit.report.report import blocks, title_of
from privacy_audit.report.result import AuditResult


def write_html(path: Path, result: AuditResult) -> None:
    """Write the report as one HTML file without anything from elsewhere.

    Raises StoreError where it cannot be written.
    """
    try:
        path.write_text(
            as_html(blocks(result), title=title_of(result), serial=result.serial), "utf-8"
        )
    except OSError as error:
        raise StoreError(
            f"{path}: the report cannot be written: {error.strerror}; name another file"
        ) from error


def write_pdf(path: Path, result: AuditResult) -> None:
    """Write the report as a PDF.

    Raises ConfigError where the library is not installed, StoreError where it cannot be written.
    """
    try:
        # A box that writes no PDF does not need the library.
        from privacy_audit.report.pdf import as_pdf  # noqa: PLC0415 - see above
    except ImportError as error:
        raise ConfigError(
            f"--pdf: {error}; install the extra [audit], or use --html and print it"
        ) from error
    try:
        path.write_bytes(as_pdf(blocks(result), footer=title_of(result), serial=result.serial))
    except OSError as error:
        raise StoreError(
            f"{path}: the report cannot be written: {error.strerror}; name another file"
        ) from error


def check_may_write(path: Path) -> None:
    """Make the report's file for a moment.

    Raises StoreError where this user may not: before an audit of many minutes.
    """
    there = path.exists()
    try:
        with path.open("ab"):
            pass
        if not there:
            path.unlink()
    except OSError as error:
        raise StoreError(
            f"{path}: the report cannot be written: {error.strerror}; name another file"
        ) from error


def can_write_pdf() -> bool:
    """Say whether the library that writes a PDF is installed."""
    try:
        # Only a box that writes a PDF needs the library.
        import privacy_audit.report.pdf  # noqa: F401, PLC0415 - see above
    except ImportError:
        return False
    return True
