#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Hand packets to an interface without link headers, past routing and sockets.

usage: probe.py INTERFACE < LINES

Each line is a packet: SOURCE DESTINATION PROTOCOL [SPORT DPORT] [WORD=VALUE]...

    size=N          so many bytes of payload behind ports
    ttl=N           TTL or hop limit
    tos=N           TOS or traffic class
    opt=HEX         IPv4 options, or in IPv6 a first extension header of type 0
    frag=OFF[+]     fragment offset in bytes; + means that more follow
    id=N            of the fragments
    df=1            no fragments, please (IPv4)
    type=N          another Ethernet type
    raw=HEX         these bytes instead of a packet (give addresses all the same)
    cut=N           only the first N bytes
"""
import ipaddress
import socket
import struct
import sys

SO_SNDBUFFORCE = 32


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def payload(words, opts):
    size = int(opts.get("size", 20))
    head = b""
    if len(words) > 3:
        ports = [int(w) for w in words[3:5]]
        if words[2] == "17":
            head = struct.pack("!HHHH", *ports, size + 8, 0)
        else:
            head = struct.pack("!HHLLHHHH", *ports, 1, 0, 0x5002, 1000, 0, 0)
    return head + bytes(i & 255 for i in range(size))


def fragment(opts):
    text = opts.get("frag", "0")
    return int(text.rstrip("+")), text.endswith("+")


def v4(src, dst, words, opts):
    data = payload(words, opts)
    options = bytes.fromhex(opts.get("opt", ""))
    off, more = fragment(opts)
    head = struct.pack("!BBHHHBBH", 0x45 + len(options) // 4, int(opts.get("tos", 0)),
                       20 + len(options) + len(data), int(opts.get("id", 1)),
                       off // 8 | (0x2000 if more else 0) |
                       (0x4000 if "df" in opts else 0), int(opts.get("ttl", 64)),
                       int(words[2]), 0) + src.packed + dst.packed + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + data


def v6(src, dst, words, opts):
    data = payload(words, opts)
    nexthdr = int(words[2])
    if "frag" in opts:
        off, more = fragment(opts)
        data = struct.pack("!BBHI", nexthdr, 0, off | more, int(opts.get("id", 1))) + data
        nexthdr = 44
    if "opt" in opts:
        data = bytes([nexthdr]) + bytes.fromhex(opts["opt"]) + data
        nexthdr = 0
    return struct.pack("!IHBB", 6 << 28 | int(opts.get("tos", 0)) << 20, len(data), nexthdr,
                       int(opts.get("ttl", 64))) + src.packed + dst.packed + data


def main():
    dev = sys.argv[1]
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
    # not to wait for packets that something keeps
    sock.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 16 << 20)
    for line in sys.stdin:
        words = [w for w in line.split() if "=" not in w]
        opts = dict(w.split("=") for w in line.split() if "=" in w)
        src, dst = (ipaddress.ip_address(w) for w in words[:2])
        data = (v4 if src.version == 4 else v6)(src, dst, words, opts)
        if "raw" in opts:
            data = bytes.fromhex(opts["raw"])
        kind = int(opts.get("type", "0x0800" if src.version == 4 else "0x86dd"), 0)
        sock.sendto(data[:int(opts.get("cut", len(data)))], (dev, kind))


main()
