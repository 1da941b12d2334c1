#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The private ioctls of ipsecN, one for each line of standard input.

    attach DEVICE PHYSICAL
    detach DEVICE
    clear DEVICE
    encap DEVICE KIND [TYPE]	KIND: udp4 udp6 tcp4 unix file none, or "same" for
				the socket of the line before
    NUMBER DEVICE

Answers each with 0 or the name of the error.
"""
import errno
import fcntl
import socket
import struct
import sys

NUMBERS = {"attach": 0x89f0, "detach": 0x89f1, "clear": 0x89f2, "encap": 0x89f3}
KINDS = {
    "udp4": (socket.AF_INET, socket.SOCK_DGRAM),
    "udp6": (socket.AF_INET6, socket.SOCK_DGRAM),
    "tcp4": (socket.AF_INET, socket.SOCK_STREAM),
    "unix": (socket.AF_UNIX, socket.SOCK_DGRAM),
}
opened = []


def descriptor(kind):
    if kind in KINDS:
        opened.append(socket.socket(*KINDS[kind]))
    elif kind == "file":
        opened.append(open("/dev/null"))
    elif kind == "none":
        return 999
    return opened[-1].fileno()


def request(words):
    name, dev = words[:2]
    number = NUMBERS[name] if name in NUMBERS else int(name, 0)
    head = dev.encode().ljust(16, b"\0")[:16]
    if name == "encap":
        kind = int(words[3]) if len(words) > 3 else 2
        return number, head + struct.pack("ii", descriptor(words[2]), kind) + bytes(16)
    phys = words[2].encode() if len(words) > 2 else b""
    return number, head + struct.pack("I", number) + phys.ljust(20, b"\0")[:20]


control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for line in sys.stdin:
    number, data = request(line.split())
    try:
        fcntl.ioctl(control, number, data)
        print(0)
    except OSError as error:
        # 95 has two names
        print({95: "EOPNOTSUPP"}.get(error.errno) or errno.errorcode[error.errno])
