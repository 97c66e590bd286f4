"""Why a request is refused before anything is sent: a status, a code, and when to come again."""

from contracts.wait_limits import RETRY_AFTER


class ServiceRefusal(Exception):
    """The root of what the service refuses. It carries codes, never what was sent to us.

    ``status`` is HTTP's; ``retry_after`` is in whole seconds, or None when coming again will not help.
    """

    def __init__(self, status: int, code: str, retry_after: int | None = None) -> None:
        """Refuse under ``code``, which stands in the body of the problem."""
        super().__init__(code)
        self.status = status
        self.code = code
        self.retry_after = retry_after


class Overloaded(ServiceRefusal):
    """There is too much to do; a caller of this role is not let in."""

    def __init__(self, retry_after: int = RETRY_AFTER) -> None:
        """Refuse for ``retry_after`` seconds."""
        super().__init__(503, "overloaded", retry_after)


class Draining(ServiceRefusal):
    """The process is ending; another one, or the same one later, will take the request."""

    def __init__(self, retry_after: int = RETRY_AFTER) -> None:
        """Refuse for ``retry_after`` seconds."""
        super().__init__(503, "draining", retry_after)


class TooManyRequests(ServiceRefusal):
    """One key, or one address, does more than its share."""

    def __init__(self, retry_after: int = RETRY_AFTER) -> None:
        """Refuse for ``retry_after`` seconds."""
        super().__init__(429, "too_many_requests", retry_after)
