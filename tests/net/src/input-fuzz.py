#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets that a peer with a key could send, mutated, and others that anybody could.

usage: input-fuzz.py TUN ADDRESS KEYHEX COUNT SEED

They come out of the device TUN to its ADDRESS. The SAs are esp.1001, esp.1002
around comp.1002, and ah.1003, each in a tunnel, NULL with HMAC-SHA1-96, and
esp.1004, behind UDP. Most are changed before they are authenticated, so that what is
behind that gets them; some after. Prints how many of each kind.
"""
import collections
import fcntl
import os
import random
import socket
import struct
import sys
import zlib

import faults

SIZES = (0, 1, 2, 7, 8, 19, 20, 21, 39, 40, 64, 500, 1400, 4000)
NEXT = (4, 41, 6, 17, 1, 50, 51, 108, 59, 0, 43, 44, 58, 60, 255)


class Source:
    def __init__(self, here, key, seed):
        self.rand = random.Random(seed)
        self.here, self.key = here, key
        self.peer = here[:3] + b"\x02"
        self.seq = collections.Counter()

    def mutated(self, data):
        """One to four changes; sometimes none."""
        data, rand = bytearray(data), self.rand
        for _ in range(rand.choice((0, 1, 1, 1, 2, 4))):
            at = rand.randrange(len(data)) if data else 0
            # headers are where it matters
            at = min(at, rand.choice((at, 64)))
            kind = rand.randrange(6)
            if kind == 0 and data:
                data[at] ^= 1 << rand.randrange(8)
            elif kind == 1 and data:
                data[at] = rand.choice((0, 1, 4, 0x45, 0x60, 0x7f, 0x80, 0xff))
            elif kind == 2:
                data[at:at + 2] = struct.pack("!H", rand.choice((0, 1, 0x7fff, 0xffff, len(data))))
            elif kind == 3:
                del data[at:]
            elif kind == 4:
                del data[at:at + rand.randrange(16)]
            else:
                data[at:at] = rand.randbytes(rand.randrange(32))
        return bytes(data[:9000])

    def inner(self):
        size = self.rand.choice(SIZES)
        data = struct.pack("!HHHH", 7, 7, 8 + size, 0) + bytes(size)
        if self.rand.randrange(4):
            return 4, self.mutated(faults.ip(17, self.peer, self.here, data))
        head = struct.pack("!IHBB", 6 << 28, len(data), 17, 64) + bytes(15) + b"\1" + bytes(15) + b"\2"
        return 41, self.mutated(head + data)

    def next_header(self, right):
        return right if self.rand.randrange(4) else self.rand.choice(NEXT)

    def number(self, spi):
        """Mostly the next; sometimes one that jumps, or comes again."""
        self.seq[spi] += self.rand.choice((1, 1, 1, 1, 0, 40))
        return max(self.seq[spi] - self.rand.choice((0, 0, 0, 70)), 0)

    def esp(self, spi, data, proto):
        packet = faults.esp(spi, self.number(spi), self.key, proto, data)
        if self.rand.randrange(8) == 0:
            # padding that says what it likes, authenticated
            body = packet[:-14] + bytes([self.rand.randrange(256)]) + packet[-13:-12]
            packet = body + faults.hmac.new(self.key, body, faults.hashlib.sha1).digest()[:12]
        return packet

    def kind_esp(self):
        proto, data = self.inner()
        return faults.ip(50, self.peer, self.here, self.esp(0x1001, data, self.next_header(proto)))

    def kind_comp(self):
        proto, data = self.inner()
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        stream = self.mutated(deflate.compress(data) + deflate.flush())
        cpi = 0x1002 if self.rand.randrange(8) else self.rand.randrange(65536)
        data = struct.pack("!BBH", self.next_header(proto), self.rand.randrange(2), cpi) + stream
        return faults.ip(50, self.peer, self.here,
                         self.esp(0x1002, self.mutated(data), self.next_header(108)))

    def kind_ah(self):
        _, data = self.inner()
        return faults.ah(0x1003, self.number(0x1003), self.key, self.peer, self.here, data)

    def kind_udp(self):
        proto, data = self.inner()
        data = self.mutated(self.esp(0x1004, data, self.next_header(proto)))
        if self.rand.randrange(4) == 0:
            data = self.rand.choice((b"\xff", b"", bytes(4), bytes(4) + data, data[:7]))
        return faults.ip(17, self.peer, self.here,
                         struct.pack("!HHHH", 4500, 4500, 8 + len(data), 0) + data)

    def kind_damaged(self):
        """After authentication, or without any."""
        packet = self.rand.choice((self.kind_esp, self.kind_comp, self.kind_ah, self.kind_udp))()
        packet = self.mutated(packet)
        if self.rand.randrange(2) and len(packet) >= 20:
            head = bytearray(packet[:20])
            head[0], head[2:4], head[10:12] = 0x45, struct.pack("!H", len(packet)), b"\0\0"
            head[10:12] = struct.pack("!H", faults.checksum(bytes(head)))
            packet = bytes(head) + packet[20:]
        return packet


def main():
    tun, address, key, count, seed = sys.argv[1:]
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, 0x400454ca, struct.pack("16sH22x", tun.encode(), 0x1001))
    source = Source(socket.inet_aton(address), bytes.fromhex(key), int(seed))
    kinds = (source.kind_esp, source.kind_esp, source.kind_comp, source.kind_ah,
             source.kind_udp, source.kind_damaged)
    sent = collections.Counter()
    for n in range(int(count)):
        kind = kinds[n % len(kinds)]
        try:
            os.write(fd, kind())
            sent[kind.__name__[5:]] += 1
        except OSError:
            sent["not taken by the device"] += 1
    print(*(f"{kind} {n}" for kind, n in sent.items()), sep=", ")


main()
