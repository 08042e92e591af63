"""A client that follows the standard's words over HTTP."""

from typing import Any

import httpx

from ipudong.gateway.conftest import District

ROOT = "/sensorthings/v1.1"


class Client:
    """Requests of one role; an answer other than the expected fails with its text."""

    def __init__(self, district: District, role: str = "integrator") -> None:
        self.district = district
        self.role = role

    async def send(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        address = path if path.startswith("http") else f"{ROOT}/{path}"
        headers = {**self.district.headers(self.role), **more.pop("headers", {})}
        given = {} if body is None else {"json": body}
        return await self.district.http.request(method, address, headers=headers, **given, **more)

    async def get(self, path: str, status: int = 200) -> Any:
        answer = await self.send("GET", path)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def create(self, path: str, body: Any) -> str:
        """Post; the address of what was made."""
        answer = await self.send("POST", path, body)
        assert answer.status_code == 201, answer.text
        assert answer.json()["@iot.selfLink"] == answer.headers["location"]
        return answer.headers["location"]

    async def change(self, path: str, body: Any, method: str = "PATCH") -> Any:
        answer = await self.send(method, path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def delete(self, path: str) -> None:
        answer = await self.send("DELETE", path)
        assert answer.status_code == 204, answer.text

    async def refuse(self, method: str, path: str, body: Any, status: int, code: str) -> None:
        """The request is refused with a problem of this status and code."""
        answer = await self.send(method, path, body)
        assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
        assert answer.headers["content-type"] == "application/problem+json"

    async def id_of(self, address: str) -> Any:
        return (await self.get(address))["@iot.id"]

    async def count(self, path: str) -> int:
        return int((await self.get(f"{path}?$count=true&$top=0"))["@iot.count"])
