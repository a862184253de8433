"""Tests of the hosts under which the playground may be reached, and of the origins that it trusts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.server.guard.hosts import Authority, Hosts, authority, named


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("localhost", Authority("localhost")),
        ("LocalHost:8501", Authority("localhost", 8501)),
        ("school.example.", Authority("school.example")),
        ("127.0.0.1:80", Authority("127.0.0.1", 80)),
        ("[::1]", Authority("::1")),
        ("[0:0:0:0:0:0:0:1]:8501", Authority("::1", 8501)),
        ("a_b-c.example:1", Authority("a_b-c.example", 1)),
        ("xn--bcher-kva.example", Authority("xn--bcher-kva.example")),
        ("", None),
        (":80", None),
        ("::1", None),
        ("[::1", None),
        ("::1]", None),
        ("[127.0.0.1]", None),
        ("[::1]x", None),
        ("[fe80::1%eth0]", None),
        ("host:", None),
        ("host:0", None),
        ("host:65536", None),
        ("host:-1", None),
        ("host:8a", None),
        ("host:٣", None),
        ("user@host", None),
        ("host/path", None),
        ("host?q", None),
        ("host#f", None),
        ("host\\x", None),
        ("two words", None),
        ("a..b", None),
        ("-a.example", None),
        ("host\n", None),
        ("host,host", None),
        ("a" * 64 + ".example", None),
        ("a." * 127 + "ab", None),
    ],
)
def test_a_host_header_is_read_strictly(written: str, read: Authority | None) -> None:
    assert authority(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("::1", Authority("::1")),
        (" School.Example ", Authority("school.example")),
        ("bücher.example:8443", Authority("xn--bcher-kva.example", 8443)),
        ("https://school.example", None),
        ("*", None),
        ("", None),
    ],
)
def test_the_command_line_reads_hosts_as_people_write_them(written: str, read: Authority | None) -> None:
    assert named(written) == read


@given(st.text(max_size=300))
def test_no_text_breaks_the_reading(text: str) -> None:
    for host in (authority(text), named(text)):
        assert host is None or (host.name == host.name.lower() and not set(host.name) & set("/\\@?# \n[]"))
    assert not Hosts("127.0.0.1").trust(text, Authority("127.0.0.1", 8501)) or "127.0.0.1" in text


@pytest.mark.parametrize(
    ("listening", "host", "served"),
    [
        ("127.0.0.1", "localhost:8501", True),
        ("127.0.0.1", "a.localhost", True),
        ("127.0.0.1", "127.0.0.2", True),
        ("127.0.0.1", "[::1]:1", True),
        ("127.0.0.1", "10.0.0.7", False),
        ("127.0.0.1", "evil.example", False),
        ("127.0.0.1", "localhost.evil.example", False),
        ("127.0.0.1", "127.0.0.1.evil.example", False),
        ("127.0.0.1", "notlocalhost", False),
        ("10.0.0.7", "10.0.0.7:8501", True),
        ("10.0.0.7", "10.0.0.8:8501", False),
        ("10.0.0.7", "localhost", True),
        ("box.example", "BOX.example", True),
        ("0.0.0.0", "10.0.0.8", True),
        ("::", "[2001:db8::1]:8501", True),
        ("0.0.0.0", "evil.example", False),
    ],
)
def test_names_that_are_served(listening: str, host: str, served: bool) -> None:
    read = authority(host)
    assert read
    assert Hosts(listening).serve(read) is served


def test_an_allowed_host_has_all_ports_or_the_one_that_is_named() -> None:
    hosts = Hosts("127.0.0.1", [Authority("school.example"), Authority("lab.example", 8443)])
    assert hosts.serve(Authority("school.example", 1))
    assert hosts.serve(Authority("lab.example", 8443))
    assert not hosts.serve(Authority("lab.example", 80))
    assert not hosts.serve(Authority("www.school.example"))


@pytest.mark.parametrize(
    ("origin", "host", "trusted"),
    [
        ("http://localhost:8501", "localhost:8501", True),
        ("https://localhost:8501", "localhost:8501", True),
        ("HTTP://LOCALHOST:8501", "localhost:8501", True),
        ("http://localhost", "localhost:80", True),
        ("https://localhost", "localhost", True),
        ("https://localhost:443", "localhost", True),
        ("http://[::1]:8501", "[0:0::1]:8501", True),
        ("https://school.example", "127.0.0.1:8501", True),
        ("https://school.example:9000", "127.0.0.1:8501", True),
        ("https://lab.example:8443", "127.0.0.1:8501", True),
        ("https://lab.example", "127.0.0.1:8501", False),
        ("http://localhost:3000", "localhost:8501", False),
        ("http://127.0.0.1:8501", "localhost:8501", False),
        ("http://localhost", "localhost:8501", False),
        ("https://evil.example", "localhost:8501", False),
        ("https://localhost:8501.evil.example", "localhost:8501", False),
        ("https://localhost:8501@evil.example", "localhost:8501", False),
        ("https://evil.example#localhost:8501", "localhost:8501", False),
        ("ftp://localhost:8501", "localhost:8501", False),
        ("chrome-extension://localhost:8501", "localhost:8501", False),
        ("null", "localhost:8501", False),
        ("", "localhost:8501", False),
        ("http://", "localhost:8501", False),
        ("http://[::1", "localhost:8501", False),
        ("http://localhost:8501/", "localhost:8501", False),
        ("localhost:8501", "localhost:8501", False),
        ("http://localhost:8501 http://localhost:8501", "localhost:8501", False),
    ],
)
def test_pages_that_are_trusted(origin: str, host: str, trusted: bool) -> None:
    read = authority(host)
    assert read
    hosts = Hosts("127.0.0.1", [Authority("school.example"), Authority("lab.example", 8443)])
    assert hosts.trust(origin, read) is trusted
