#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Which of these keys are anywhere in this machine's memory?

usage: memory.py HEX...

The keys begin with the same eight bytes. Prints, for each, in how many places it was
found. It is searched for in all RAM, through /dev/mem or /proc/kcore, and this
program must not find itself: of a key it has in memory the first eight bytes, and the
others one by one and changed; what it reads it wipes.
"""
import os
import struct
import sys

CHUNK = 4 << 20
PREFIX = 8
MASK = 0x5a


def ram():
    """(start, end) of System RAM, physical."""
    for line in open("/proc/iomem"):
        if "System RAM" in line and not line.startswith(" "):
            start, end = line.split(" : ")[0].split("-")
            yield int(start, 16), int(end, 16) + 1


def kcore_ranges(fd):
    """(file offset, bytes) of what /proc/kcore has of RAM, by physical address."""
    head = os.pread(fd, 64, 0)
    (at,) = struct.unpack_from("<Q", head, 32)
    size, count = struct.unpack_from("<HH", head, 54)
    for i in range(count):
        kind, _, offset, _, phys, length = struct.unpack_from(
            "<IIQQQQ", os.pread(fd, size, at + i * size))
        for start, end in ram():
            if kind == 1 and phys <= start < phys + length:
                yield offset + start - phys, min(end - start, phys + length - start)


def ranges():
    if os.path.exists("/proc/kcore"):
        fd = os.open("/proc/kcore", os.O_RDONLY)
        return fd, list(kcore_ranges(fd))
    fd = os.open("/dev/mem", os.O_RDONLY)
    (total,) = [int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemTotal")]
    # User Mode Linux has one piece, from 0; behind its end there is nothing to read
    return fd, [(0, total * 1024 + (256 << 20))]


def search(fd, offset, length, prefix, rests, found):
    """Chunks overlap by more than a key."""
    buf = bytearray(CHUNK)
    view = memoryview(buf)
    seen, at = 0, offset
    while at < offset + length:
        try:
            got = os.preadv(fd, [view[:min(CHUNK, offset + length - at)]], at)
        except OSError:
            got = 0
        if got < 64:
            at += 4096  # not readable, perhaps not there
            continue
        seen += got
        hit = buf.find(prefix, 0, got)
        while hit >= 0:
            for i, rest in enumerate(rests):
                if all(hit + PREFIX + n < got and buf[hit + PREFIX + n] ^ MASK == b
                       for n, b in enumerate(rest)):
                    found[i].add(at + hit)
            hit = buf.find(prefix, hit + 1, got)
        at += max(got - 64, 64) if got == CHUNK else got
    buf[:] = bytes(CHUNK)
    # the kernel's own buffer for this
    os.pread(fd, 4096, offset)
    return seen


def main():
    keys = sys.argv[1:]
    prefix = bytes.fromhex(keys[0][:2 * PREFIX])
    rests = [[int(key[i:i + 2], 16) ^ MASK for i in range(2 * PREFIX, len(key), 2)] for key in keys]
    found = [set() for _ in keys]
    fd, where = ranges()
    seen = sum(search(fd, offset, length, prefix, rests, found) for offset, length in where)
    print(*(len(places) for places in found))
    print(f"searched {seen >> 20} MB", file=sys.stderr)


main()
