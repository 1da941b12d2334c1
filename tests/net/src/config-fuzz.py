#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What root of a namespace may say to ipsecN without PF_KEY, mutated.

usage: config-fuzz.py COUNT SEED

rtnetlink messages that make, change and remove devices, ioctls, and all that can be
read and written below /proc/net/ipsec and /proc/sys/net/ipsec. Prints how many
of each, and how many were accepted.
"""
import collections
import fcntl
import glob
import os
import random
import select
import socket
import struct
import sys

RAND = random.Random(int(sys.argv[2]))
NEWLINK, DELLINK, GETLINK, SETLINK = 16, 17, 18, 19
# attributes of a link
ADDRESS, IFNAME, MTU, LINK, MASTER, TXQLEN, LINKINFO, NETNS_PID, GROUP = 1, 3, 4, 5, 10, 13, 18, 19, 27
KIND, DATA = 1, 2
sent, accepted = collections.Counter(), collections.Counter()


def noise(most):
    return RAND.randbytes(RAND.randrange(most))


def number():
    return RAND.choice((0, 1, 2, 3, 4, 5, 6, 67, 68, 1500, 16260, 65535, 65536, 2**31 - 1, 2**32 - 1))


def attribute(kind, data):
    length = len(data) + 4
    if RAND.randrange(30) == 0:
        length = number() & 0xffff
    return struct.pack("=HH", length, kind) + data + bytes(-len(data) % 4)


def name():
    return RAND.choice((b"ipsec0", b"ipsec1", b"ipsec7", b"ipsec63", b"ipsec64", b"ipsec999",
                        b"phys", b"x", b"ipsec%d", b"", noise(20)))


def link_message():
    attributes = []
    for _ in range(RAND.randrange(5)):
        kind = RAND.choice((ADDRESS, IFNAME, MTU, LINK, MASTER, TXQLEN, NETNS_PID, GROUP,
                            RAND.randrange(64)))
        if kind == NETNS_PID:
            continue
        data = name() + b"\0" if kind == IFNAME else struct.pack("=I", number())
        attributes.append(attribute(kind, data if RAND.randrange(8) else noise(40)))
    info = attribute(KIND, RAND.choice((b"ipsec\0", b"ipsec\0", b"ipsec\0", b"ipsec", b"ipse\0")))
    if RAND.randrange(3) == 0:
        info += attribute(DATA, noise(64))
    attributes.append(attribute(LINKINFO, info))
    body = struct.pack("=BxHiII", 0, 0, RAND.choice((0, 0, 0, 2, 3, 4, 5, 6, 7, 99)),
                       RAND.choice((0, 1, 0x1043, RAND.getrandbits(32))),
                       RAND.choice((0, 1, 0xffffffff))) + b"".join(attributes)
    kind = RAND.choice((NEWLINK, NEWLINK, NEWLINK, DELLINK, SETLINK, GETLINK))
    flags = 1 | 4 | RAND.choice((0, 0x400, 0x600, 0x100))
    return kind, struct.pack("=IHHII", 16 + len(body), kind, flags, 1, 0) + body


def rtnetlink(sock):
    kind, message = link_message()
    sent["rtnetlink"] += 1
    sock.send(message)
    while select.select([sock], [], [], 0)[0]:
        answer = sock.recv(65536)
        if len(answer) >= 20 and struct.unpack_from("=H", answer, 4)[0] == 2 \
                and struct.unpack_from("=i", answer, 16)[0] == 0:
            accepted["rtnetlink"] += 1


def ioctls(sock):
    sent["ioctl"] += 1
    request = RAND.choice((0x89f0, 0x89f1, 0x89f2, 0x89f3, 0x89f0 + RAND.randrange(16)))
    device = RAND.choice((b"ipsec0", b"ipsec1", name()))[:15].ljust(16, b"\0")
    data = struct.pack("=I", number()) + RAND.choice((b"phys", b"lo", b"ipsec0", noise(20)))[:20]
    try:
        fcntl.ioctl(sock, request, device + data.ljust(24, b"\0"))
        accepted["ioctl"] += 1
    except OSError:
        pass


def files():
    return [f for d in ("/proc/net/ipsec", "/proc/sys/net/ipsec")
            for f in glob.glob(d + "/**", recursive=True) if os.path.isfile(f)]


def read_or_write(path):
    text = RAND.choice((b"0", b"1", b"-1", b"4294967296", b"99999999999999999999", b"\n", b"x" * 5000,
                        b"10.0.0.1 10.0.0.2 17 1 2\n", b"::1 ::2 6\n", b"10.0.0.1\n", b"%drop\n",
                        noise(300)))
    what = "write" if RAND.randrange(2) else "read"
    sent[what] += 1
    try:
        fd = os.open(path, os.O_RDWR if what == "write" else os.O_RDONLY)
    except OSError:
        return
    try:
        if what == "write":
            os.pwrite(fd, text, RAND.choice((0, 0, 0, 1, 4096)))
        os.pread(fd, RAND.choice((1, 7, 4096, 70000)), RAND.choice((0, 0, 1, 4095, 2**31, 2**62)))
        accepted[what] += 1
    except OSError:
        pass
    os.close(fd)


def main():
    link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    paths = files()
    for n in range(int(sys.argv[1])):
        try:
            (lambda: rtnetlink(link), lambda: ioctls(control),
             lambda: read_or_write(RAND.choice(paths)))[n % 3]()
        except OSError:
            pass
    print(*(f"{what}: {n} sent, {accepted[what]} accepted" for what, n in sent.items()), sep="\n")


main()
