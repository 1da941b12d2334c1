#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Do one thing again and again, each time with another of its allocations failing.

usage: faults.py module FILE STEP	load and unload it; each STEPth allocation
       faults.py requests FILE		lines NAME|HEX|HEX: a PF_KEY message, and the
					one that undoes it
       faults.py out ADDRESS...		packets to there, super-packets too
       faults.py in TUN ADDRESS KEYHEX NAME...
					packets as from a peer out of the device TUN
					to its ADDRESS; NAMEs are esp, comp, ah
       faults.py starved-out ADDRESS COUNT
       faults.py starved-in TUN ADDRESS KEYHEX COUNT
					one packet that often, all of its allocations
					failing that do, by /proc/self/make-it-fail
       faults.py watch			the kernel log until SIGTERM, then the places
					that allocations failed at, and all complaints

The kernel counts the allocations of a task through /proc/thread-self/fail-nth, and
makes the Nth fail; when nothing is left to fail, the thing is done and the next one's
turn. Prints for each how many failed and how often it failed by that.
"""
import collections
import ctypes
import errno
import fcntl
import hashlib
import hmac
import os
import re
import signal
import socket
import struct
import sys
import time
import zlib

LIBC = ctypes.CDLL(None, use_errno=True)
MOST = 5000
PF_KEY = 15
UDP_SEGMENT = 103
ETH_P_ALL = 3
# what the kernel says when it has no memory for the events, or the messages, of a module
LOADING = re.compile(r"WARNING: (kernel/trace/trace_events|lib/dynamic_debug)\.c:")
# system calls of x86-64
INIT_MODULE_FD, DELETE_MODULE = 313, 176


class Fault:
    """The one allocation of this task that will fail."""

    def __init__(self):
        self.fd = os.open("/proc/thread-self/fail-nth", os.O_RDWR)

    def arm(self, n):
        os.pwrite(self.fd, b"%d" % n, 0)

    def disarm(self):
        """True if it has not come yet."""
        left = int(os.pread(self.fd, 32, 0).split(b"\0")[0])
        self.arm(0)
        return left != 0


def errno_of(how):
    try:
        how()
        return 0
    except OSError as e:
        return e.errno


def each_fault(name, do, undo, step=1):
    """Until nothing is left to fail; do() raises if it sees that it failed."""
    fault, failed, cases = Fault(), 0, 0
    for n in range(1, MOST, step):
        fault.arm(n)
        err = errno_of(do)
        more = not fault.disarm()
        failed += err != 0
        cases += more
        if not err:
            undo()
        if not more:
            if err:
                sys.exit(f"{name}: fails with nothing failing: {errno.errorcode[err]}")
            print(f"{name}: {cases} allocations failed, {failed} times so did it", flush=True)
            return
    sys.exit(f"{name}: no end after {MOST}")


def syscall(*args):
    if LIBC.syscall(*args) < 0:
        err = ctypes.get_errno()
        raise OSError(err, os.strerror(err))


def module(path, step):
    fd = os.open(path, os.O_RDONLY)
    each_fault("insmod", lambda: syscall(INIT_MODULE_FD, fd, b"", 0),
               lambda: syscall(DELETE_MODULE, b"ipsec", 0), int(step))


def requests(path):
    sock = socket.socket(PF_KEY, socket.SOCK_RAW, 2)
    sock.setblocking(False)

    def forget():
        try:
            while True:
                sock.recv(4096)
        except BlockingIOError:
            pass

    for line in open(path):
        name, do, undo = line.strip().split("|")
        do, undo = bytes.fromhex(do), bytes.fromhex(undo)

        def back(undo=undo):
            if undo:
                sock.send(undo)
            forget()
        each_fault(name, lambda do=do: sock.send(do), back)
    each_fault("socket", lambda: socket.socket(PF_KEY, socket.SOCK_RAW, 2).close(), lambda: None)


def packets_out(*addresses):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for address in addresses:
        for size in (64, 1300, 4000):
            each_fault(f"packet of {size} out",
                       lambda n=size: sock.sendto(bytes(n), (address, 9)), lambda: None)
        # whoever listens has a copy, so that the packet cannot be changed where it lies
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)):
            each_fault("packet of 1300 out, listened to",
                       lambda: sock.sendto(bytes(1300), (address, 9)), lambda: None)
        sock.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 1000)
        each_fault("super-packet of 4 out",
                   lambda: sock.sendto(bytes(4000), (address, 9)), lambda: None)
        sock.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 0)


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total & 0xffff) + (total >> 16)
    return ~((total & 0xffff) + (total >> 16)) & 0xffff


def ip(proto, src, dst, data):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(data), 0, 0, 64, proto, 0, src, dst)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + data


def esp(spi, seq, key, proto, data):
    pad = -(len(data) + 2) % 4
    data = struct.pack("!II", spi, seq) + data + bytes(range(1, pad + 1)) + bytes([pad, proto])
    return data + hmac.new(key, data, hashlib.sha1).digest()[:12]


def ah(spi, seq, key, src, dst, data):
    """The whole packet: what AH authenticates of IP is the header without what changes."""
    head = struct.pack("!BBHII", 4, 4, 0, spi, seq)
    whole = ip(51, src, dst, head + bytes(12) + data)
    mute = whole[:1] + b"\0" + whole[2:6] + bytes(2) + b"\0" + whole[9:10] + bytes(2) + whole[12:]
    icv = hmac.new(key, mute, hashlib.sha1).digest()[:12]
    return whole[:32] + icv + whole[44:]


class Peer:
    """Out of the device TUN come packets of a peer to its ADDRESS.

    The SAs are esp.1001, esp.1002 around comp.1002, and ah.1003, each with a tunnel.
    """

    def __init__(self, tun, address, key):
        self.fd = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self.fd, 0x400454ca, struct.pack("16sH22x", tun.encode(), 0x1001))
        self.here, self.key = socket.inet_aton(address), bytes.fromhex(key)
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((address, 7))
        self.sock.setblocking(False)
        # above those of a peer before this one
        self.seq = int(time.monotonic() * 100000)

    def packet(self, kind, size):
        self.seq += 1
        here, peer = self.here, self.here[:3] + b"\x02"
        data = ip(17, peer, here, struct.pack("!HHHH", 7, 7, 8 + size, 0) + bytes(size))
        if kind == "ah":
            return ah(0x1003, self.seq, self.key, peer, here, data)
        if kind == "esp":
            return ip(50, peer, here, esp(0x1001, self.seq, self.key, 4, data))
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        data = struct.pack("!BBH", 4, 0, 0x1002) + deflate.compress(data) + deflate.flush()
        return ip(50, peer, here, esp(0x1002, self.seq, self.key, 108, data))

    def deliver(self, kind, size):
        """BlockingIOError if it did not come."""
        os.write(self.fd, self.packet(kind, size))
        if len(self.sock.recv(65536)) != size:
            sys.exit(f"{kind}: not what was sent")


def packets_in(tun, address, key, *names):
    peer = Peer(tun, address, key)
    for kind in names:
        for size in (64, 1200, 4000):
            each_fault(f"{kind} of {size} in", lambda k=kind, n=size: peer.deliver(k, n),
                       lambda: None)


def starved(name, do, count):
    """Do that often; meanwhile whatever cannot wait for memory gets none.

    The kernel's attributes say what, of tasks that have make-it-fail.
    """
    with open("/proc/self/make-it-fail", "wb", buffering=0) as fail:
        for _ in range(count):
            fail.write(b"1")
            err = errno_of(do)
            fail.write(b"0")
            if err not in (0, errno.EAGAIN):	# it came from nowhere, or went nowhere
                sys.exit(f"{name}: {os.strerror(err)}")
    print(f"{name}: {count} times without any memory", flush=True)


def starved_out(address, count):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((address, 9))		# a route costs memory, too
    starved("packet out", lambda: sock.send(bytes(1300)), int(count))


def starved_in(tun, address, key, count):
    peer = Peer(tun, address, key)
    # of less than a page the device itself would have no memory; a route costs some, too
    peer.deliver("comp", 4000)
    starved("packet in", lambda: peer.deliver("comp", 4000), int(count))


def watch():
    """Of each failure the module's innermost place; every line that is a complaint.

    User Mode Linux lists all words of the stack that could be a return address, so
    what points at the beginning of a function is not one.
    """
    complaint = re.compile(os.environ["COMPLAINTS"])
    frame = re.compile(r" ([\w.]+\+0x[1-9a-f][0-9a-f]*)/0x[0-9a-f]+ \[ipsec\]")
    places, bad, looking, faults = collections.Counter(), [], False, 0

    def report(*_):
        for place, n in places.most_common():
            print(f"{n:7} {place}")
        print("COUNT faults", faults)
        print("COUNT in-the-module", sum(places.values()))
        print("COUNT sites", len(places))
        print("COUNT complaints", len(bad))
        print(*bad[:20], sep="\n", flush=True)
        os._exit(0)

    signal.signal(signal.SIGTERM, report)
    log = os.open("/dev/kmsg", os.O_RDONLY)
    os.lseek(log, 0, os.SEEK_END)
    print("watching", flush=True)
    while True:
        # an overrun is an error, and ends this
        line = os.read(log, 8192).decode(errors="replace").split(";", 1)[1]
        if "FAULT_INJECTION: forcing" in line:
            looking, faults = True, faults + 1
        elif complaint.search(line) and not LOADING.search(line):
            bad.append(line.rstrip())
        elif looking:
            m = frame.search(line)
            if m:
                places[m[1]] += 1
                looking = False


MODES = {"module": module, "requests": requests, "out": packets_out, "in": packets_in,
         "starved-out": starved_out, "starved-in": starved_in, "watch": watch}
if __name__ == "__main__":
    MODES[sys.argv[1]](*sys.argv[2:])
