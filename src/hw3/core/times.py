"""Recorded times, ISO 8601."""

from datetime import UTC, datetime


def moment(text: str) -> datetime:
    """Return a recorded time; one without a zone is taken for UTC.

    Raises:
        ValueError: for a text that is no time.
    """
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)
