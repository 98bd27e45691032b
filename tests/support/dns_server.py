"""A small DNS server on loopback: answers from a dict, or not at all."""

from __future__ import annotations

import socket
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


class DnsServer:
    """``records``: {(name, type): [values]}; what is below no name is NXDOMAIN.

    ``rcode`` makes it fail (for example 'SERVFAIL'); ``silent`` makes it say nothing.
    """

    def __init__(self, records, ttl=60):
        self.records, self.ttl = records, ttl
        self.rcode, self.silent = None, False
        self.questions = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(('127.0.0.1', 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as knock:
            knock.sendto(b'', ('127.0.0.1', self.port))
        self._thread.join(5)
        self._socket.close()

    def _serve(self):
        while True:
            wire, peer = self._socket.recvfrom(4096)
            if not wire:
                return
            query = dns.message.from_wire(wire)
            answer = self._answer(query)
            if not self.silent:
                self._socket.sendto(answer.to_wire(), peer)

    def _answer(self, query):
        question = query.question[0]
        name = question.name.to_text().rstrip('.').lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.questions.append((name, kind))
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        if self.rcode:
            reply.set_rcode(dns.rcode.from_text(self.rcode))
            return reply
        values = self.records.get((name, kind))
        if values:
            texts = [f'"{v}"' if kind == 'TXT' else v for v in values]
            rrset = dns.rrset.from_text(name + '.', self.ttl, 'IN', kind, *texts)
            reply.answer.append(rrset)
            return reply
        known = [n for n, _ in self.records if n == name or n.endswith('.' + name)]
        if not known:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        soa = f'ns.{name}. me.{name}. 1 60 60 60 30'
        reply.authority.append(dns.rrset.from_text(name + '.', 300, 'IN', 'SOA', soa))
        return reply
