"""What is wrong with a SensorThings request, as codes and fields."""


class RequestRefused(Exception):  # noqa: N818 - the standard's word is refusal by status code
    """A request that is answered with problem+json: HTTP `status`, stable `code`, `fields`."""

    def __init__(self, status: int, code: str, detail: str, **fields: object) -> None:
        super().__init__(f"{code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.fields = fields


def bad_request(code: str, detail: str, **fields: object) -> RequestRefused:
    """The request itself is wrong."""
    return RequestRefused(400, code, detail, **fields)


def not_found(what: str, key: object) -> RequestRefused:
    """There is no such entity."""
    return RequestRefused(404, "no_such_entity", f"There is no {what} with this id.", id=key)


def not_implemented(code: str, detail: str, **fields: object) -> RequestRefused:
    """Part of the standard this server does not offer yet."""
    return RequestRefused(501, code, detail, **fields)
