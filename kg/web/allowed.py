"""Whom the server may call: hosts that are named at its start, at public addresses only."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import pyoxigraph as ox

from kg.calls import Call
from kg.errors import KGError

__all__ = ["Allowed", "Target", "is_public"]

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)(?::([0-9]{1,5}))?")
"""A name or an IPv4 address, and a port; a name in other letters is written ``xn--…``."""
_ODD_V4 = tuple(map(ipaddress.IPv4Network, ("192.0.0.0/24", "192.88.99.0/24")))
"""For protocols of the network (RFC 6890), and what was once for 6to4 (RFC 7526)."""
_GLOBAL_V6 = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_EMBEDDING = [ipaddress.ip_network(each) for each in ("2001::/32", "2002::/16", "3fff::/20")]
"""Teredo and 6to4, which stand for an IPv4 address, and one range for documents."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a call goes, in the parts that HTTP needs."""

    scheme: str
    host: str
    """In lower case."""
    port: int
    path: str
    """With its query, escaped."""

    @property
    def name(self) -> str:
        """The host, and the port unless it is the usual one."""
        return self.host if self.port == _PORTS[self.scheme] else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """What there is to tell of it: paths may hold keys."""
        return f"{self.scheme}://{self.name}"


class Allowed:
    """The hosts that may be called.

    An entry is ``HOST``, with http on port 80 and https on 443, or ``HOST:PORT``.  Raises
    :class:`~kg.errors.KGError` for one that is neither, or cannot be public.
    """

    def __init__(self, entries: Iterable[str]) -> None:
        self._entries = {entry.lower() for entry in entries}
        for entry in self._entries:
            _refuse_entry(entry)

    def target(self, call: Call) -> Target:
        """Return where a call goes, or raise :class:`~kg.errors.KGError` if it may not go there.

        >>> call = Call("SERVICE", "https://example.org/sparql", False, "", "query:1:9", 0, 0)
        >>> Allowed(["example.org"]).target(call).path
        '/sparql'
        >>> Allowed(["example.org:8890"]).target(call)
        Traceback (most recent call last):
        ...
        kg.errors.KGError: query:1:9: SERVICE may not call example.org; it may call example.org:8890
        """
        try:
            split = urlsplit(ox.NamedNode(call.iri).value)
        except ValueError as error:
            what = f"'{call.iri[:80]}' is no address: {error}"
            raise KGError(call.place, what, "write https://HOST/PATH") from error
        scheme, found = split.scheme, _HOST.fullmatch(split.netloc)
        if scheme not in _PORTS:
            what = f"{call.word} calls http and https addresses only"
            raise KGError(call.place, what, "write https://HOST/PATH")
        if "@" in split.netloc:
            raise KGError(call.place, "an address may not hold a login", "leave it out")
        if not found:
            what = f"'{split.netloc[:80]}' is no name of a host"
            raise KGError(call.place, what, "write it in plain letters, without escapes")
        path = (split.path or "/") + (f"?{split.query}" if split.query else "")
        port = int(found[2] or _PORTS[scheme])
        target = Target(scheme, found[1].lower(), port, quote(path, safe="%/:?[]@!$&'()*+,;="))
        if not self._entries & {target.name, f"{target.host}:{port}"}:
            known = ", ".join(sorted(self._entries))
            what = f"{call.word} may not call {target.name}"
            raise KGError(call.place, what, f"it may call {known}")
        return target


def _refuse_entry(entry: str) -> None:
    found = _HOST.fullmatch(entry)
    if not found or int(found[2] or 1) not in range(1, 65536):
        remedy = "say it like query.wikidata.org, or sparql.example.org:8890"
        raise KGError("--allow-service", f"'{entry}' is no host", remedy)
    last = found[1].rpartition(".")[2]
    private = last == "localhost" or (last.isdecimal() and not _is_public(found[1]))
    if private:
        what = f"'{entry}' is no public address, and others are never called"
        raise KGError("--allow-service", what, "name a public host")


def _is_public(address: str) -> bool:
    try:
        return is_public(address)
    except ValueError:
        return False


def is_public(address: str) -> bool:
    """Return whether an IP address is one that anybody on the Internet may be found at.

    An IPv6 address that stands for an IPv4 one is judged by that, or is not public.
    Raises :class:`ValueError` for what is no address.

    >>> [is_public(each) for each in ("93.184.215.14", "10.0.0.1", "::ffff:10.0.0.1")]
    [True, False, False]
    """
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv4Address):
        odd = any(found in each for each in _ODD_V4)
        return found.is_global and not found.is_multicast and not odd
    if found.scope_id:
        return False
    if found.ipv4_mapped:
        return is_public(str(found.ipv4_mapped))
    if found in _NAT64:
        return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
    return found in _GLOBAL_V6 and found.is_global and not any(found in each for each in _EMBEDDING)
