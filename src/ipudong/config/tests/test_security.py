"""What a page of ours may ask of whom."""

from ipudong.config.security import content_security_policy


def test_nothing_is_asked_of_other_hosts_but_the_gateway() -> None:
    policy = content_security_policy("https://gateway.example")
    assert "connect-src 'self' https://gateway.example;" in policy
    assert "img-src 'self' data: blob:;" in policy
    assert "script-src" not in policy, "scripts fall under default-src 'self'"
    assert "unsafe-eval" not in policy


def test_tiles_come_from_the_one_host_named() -> None:
    policy = content_security_policy("https://g.example", "https://tiles.example/{z}/{x}/{y}.png")
    assert "img-src 'self' data: blob: https://tiles.example;" in policy
    assert "connect-src 'self' https://g.example https://tiles.example;" in policy
