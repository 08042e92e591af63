"""What a device offers is compared with what it was given."""

from ipudong.city.sensing.credentials import hash_credential, matches


def test_a_thing_without_a_credential_accepts_anything() -> None:
    assert matches("", "whatever")


def test_a_password_is_compared_as_it_is() -> None:
    assert matches("123456", "123456")
    assert not matches("123456", "123457")
    assert not matches("密码", "")


def test_a_token_is_compared_by_its_hash_and_the_hash_itself_opens_nothing() -> None:
    kept = hash_credential("a-long-random-token")
    # printf a-long-random-token | sha256sum
    assert kept == ("sha256$b780ec04f0ac941421b556e74f31ff207f799c4ad119ea0178a81054b373b34b")
    assert matches(kept, "a-long-random-token")
    assert not matches(kept, kept)


def test_a_certificate_is_its_fingerprint() -> None:
    assert matches("x509$ab12", "x509$ab12")
    assert not matches("x509$ab12", "ab12")
