#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Put captured packets on the wire again, changed in ways a sender would not.

usage: inject.py INTERFACE PCAP STEP...

The frames of PCAP go through the STEPs in order, each turning a list of frames
into another, and what is left is sent. Prints how many frames that were. Lengths
and the IPv4 header checksum are put right after each change, so that what is
refused is refused for what the test changed. Offsets count from the IP header,
or, written with a plus sign, from what follows it.

    pick=SLICE      only these frames: A, A:B or A:B:STEP, as in Python
    reverse         last frame first
    repeat=N        all frames, N times over
    flip=A:B[:S]    for each frame and each offset A, A+S, ... below B (B empty:
                    to the end) one frame with the top bit there turned round
    bits=A:B        for each frame and each bit from offset A to below B (empty: to
                    the end) one frame with that bit turned round
    values=OFF      for each frame one with each other value of the byte there
    frag=A:B,...    each IPv4 frame as fragments, bytes A to B-1 behind its header,
                    A a multiple of 8; they may overlap
    cut=A:B         for each frame one of each length A to B-1 behind the header
    set=OFF:HEX     these bytes there
    raw=HEX         this IP packet in place of each frame's
    src=ADDR        another source address
    proto=N         another protocol in the IP header
    spi=N, seq=N    in the ESP header behind it
    seqs=N,...      for each frame one with each of these (before sign)
    udp=SPORT:DPORT a UDP header in front of ESP, or none if it is there already
    esp=NEXT:HEX[:PADLEN]
                    the ESP packet carries this, unencrypted, as null-sha1-96
                    does; PADLEN is what the packet says of its padding
    ah=KEYHEX:SPI:SEQ:NEXT:HEX
                    the IPv4 packet carries authentic AH (HMAC-SHA1-96), which
                    carries this
    comp=CPI:NEXT:COUNT
                    it carries IPCOMP, COUNT zeros compressed
    sign=KEYHEX     its ICV, right for this key (HMAC-SHA1-96); end with this
    header=HEX      IPv4 options; header=TYPE:HEX an IPv6 extension header of that
                    type, without its first byte (after sign)
    fragments=N     pieces that carry N bytes each, the last one less (after sign)
    toobig=ADDR/MTU[/SOURCE]
                    an ICMP error in place of the frame: ADDR tells its sender that
                    it does not fit, and quotes its IP header and 8 bytes, as if
                    they had come from SOURCE
    addseq=N        sequence numbers N, N+1, ... for the frames as they are now
                    (before sign)
"""
import hashlib
import hmac
import ipaddress
import random
import socket
import struct
import sys
import zlib

ETH = 14
ICV = 12


def read_pcap(path):
    data = open(path, "rb").read()
    order = "<" if data[:4] == b"\xd4\xc3\xb2\xa1" else ">"
    frames, at = [], 24
    while at < len(data):
        size = struct.unpack_from(order + "I", data, at + 8)[0]
        frames.append(data[at + 16:at + 16 + size])
        at += 16 + size
    return frames


def v6(frame):
    return frame[12:14] == b"\x86\xdd"


def header_len(frame):
    return 40 if v6(frame) else (frame[ETH] & 15) * 4


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def fixed(frame):
    """The frame with lengths and IP checksum as they should be."""
    f = bytearray(frame)
    at = ETH + header_len(f)
    if f[ETH + (6 if v6(f) else 9)] == socket.IPPROTO_UDP and len(f) >= at + 8:
        struct.pack_into("!H", f, at + 4, len(f) - at)
    if v6(f):
        struct.pack_into("!H", f, ETH + 4, len(f) - ETH - 40)
        return bytes(f)
    struct.pack_into("!H", f, ETH + 2, len(f) - ETH)
    struct.pack_into("!H", f, ETH + 10, 0)
    end = ETH + min(header_len(f), len(f) - ETH)
    struct.pack_into("!H", f, ETH + 10, checksum(bytes(f[ETH:end])))
    return bytes(f)


def offset(frame, text):
    if text.startswith("+"):
        return ETH + header_len(frame) + int(text)
    return int(text) + (len(frame) if text.startswith("-") else ETH)


def put(frame, at, data):
    return fixed(frame[:at] + data + frame[at + len(data):])


def split_esp(frame):
    """Where the ESP header is, behind UDP perhaps."""
    at = ETH + header_len(frame)
    proto = frame[ETH + 6] if v6(frame) else frame[ETH + 9]
    return at + 8 if proto == socket.IPPROTO_UDP else at


def step_pick(frames, arg):
    if ":" in arg:
        return frames[slice(*(int(x) if x else None for x in arg.split(":")))]
    return [frames[int(arg)]]


def step_flip(frames, arg):
    parts = arg.split(":")
    step = int(parts[2]) if len(parts) > 2 else 1
    out = []
    for f in frames:
        end = offset(f, parts[1]) if parts[1] else len(f)
        for at in range(offset(f, parts[0]), end, step):
            out.append(put(f, at, bytes([f[at] ^ 0x80])))
    return out


def step_bits(frames, arg):
    a, b = arg.split(":")
    return [put(f, at, bytes([f[at] ^ 1 << bit])) for f in frames
            for at in range(offset(f, a), offset(f, b) if b else len(f)) for bit in range(8)]


def step_values(frames, arg):
    return [put(f, at, bytes([n])) for f in frames for at in [offset(f, arg)]
            for n in range(256) if n != f[at]]


def step_frag(frames, arg):
    """Each IPv4 frame in pieces FROM:TO of its payload, in the order given."""
    out = []
    for n, f in enumerate(frames):
        head, data = bytearray(f[:ETH + 20]), f[ETH + 20:]
        struct.pack_into("!H", head, ETH + 4, 0x4000 + n)
        for piece in arg.split(","):
            a, b = (int(x) for x in piece.split(":"))
            b = min(b, len(data))
            struct.pack_into("!H", head, ETH + 6, a // 8 | (0x2000 if b < len(data) else 0))
            out.append(fixed(bytes(head) + data[a:b]))
    return out


def step_cut(frames, arg):
    a, b = (int(x) for x in arg.split(":"))
    return [fixed(f[:ETH + header_len(f) + n]) for f in frames for n in range(a, b)]


def step_set(frames, arg):
    at, data = arg.split(":")
    return [put(f, offset(f, at), bytes.fromhex(data)) for f in frames]


def step_raw(frames, arg):
    return [fixed(f[:ETH] + bytes.fromhex(arg)) for f in frames]


def step_src(frames, arg):
    data = ipaddress.ip_address(arg).packed
    return [put(f, ETH + (8 if v6(f) else 12), data) for f in frames]


def step_proto(frames, arg):
    return [put(f, ETH + (6 if v6(f) else 9), bytes([int(arg)])) for f in frames]


def step_spi(frames, arg):
    return [put(f, split_esp(f), struct.pack("!I", int(arg, 0))) for f in frames]


def step_seq(frames, arg):
    return [put(f, split_esp(f) + 4, struct.pack("!I", int(arg, 0))) for f in frames]


def step_seqs(frames, arg):
    return [step_seq([f], n)[0] for f in frames for n in arg.split(",")]


def step_addseq(frames, arg):
    return [put(f, split_esp(f) + 4, struct.pack("!I", int(arg) + i))
            for i, f in enumerate(frames)]


def step_udp(frames, arg):
    sport, dport = (int(x) for x in arg.split(":"))
    out = []
    for f in frames:
        at = ETH + header_len(f)
        if split_esp(f) == at:
            udp = struct.pack("!HHHH", sport, dport, len(f) - at + 8, 0)
            f = step_proto([f[:at] + udp + f[at:]], "17")[0]
        out.append(f)
    return out


def step_esp(frames, arg):
    parts = arg.split(":")
    data = bytes.fromhex(parts[1])
    pad = -(len(data) + 2) % 4
    said = int(parts[2]) if len(parts) > 2 else pad
    tail = bytes(range(1, pad + 1)) + bytes([said, int(parts[0])])
    return [fixed(f[:split_esp(f) + 8] + data + tail + bytes(ICV)) for f in frames]


def step_sign(frames, arg):
    key = bytes.fromhex(arg.removeprefix("0x"))
    out = []
    for f in frames:
        icv = hmac.new(key, f[split_esp(f):-ICV], hashlib.sha1).digest()[:ICV]
        out.append(f[:-ICV] + icv)
    return out


def step_ah(frames, arg):
    key, spi, seq, nxt, data = arg.split(":")
    body = struct.pack("!BBHII", int(nxt), 4, 0, int(spi, 0), int(seq)) + bytes(ICV)
    body += bytes.fromhex(data)
    out = []
    for f in frames:
        f = bytearray(step_proto([f[:ETH + 20] + body], "51")[0])
        mute = bytearray(f[ETH:])
        # what routers change: TOS, flags and offset, TTL, checksum
        for at in (1, 6, 7, 8, 10, 11):
            mute[at] = 0
        icv = hmac.new(bytes.fromhex(key.removeprefix("0x")), mute, hashlib.sha1).digest()
        f[ETH + 32:ETH + 32 + ICV] = icv[:ICV]
        out.append(bytes(f))
    return out


def step_comp(frames, arg):
    cpi, nxt, count = (int(x, 0) for x in arg.split(":"))
    z = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = struct.pack("!BBH", nxt, 0, cpi) + z.compress(bytes(count)) + z.flush()
    return [step_proto([f[:ETH + header_len(f)] + body], "108")[0] for f in frames]


def step_header(frames, arg):
    out = []
    for f in frames:
        at = ETH + header_len(f)
        if v6(f):
            kind, data = arg.split(":")
            more = f[ETH + 6:ETH + 7] + bytes.fromhex(data)[1:]
            f = f[:ETH + 6] + bytes([int(kind)]) + f[ETH + 7:at] + more + f[at:]
        else:
            data = bytes.fromhex(arg)
            f = f[:ETH] + bytes([f[ETH] + len(data) // 4]) + f[ETH + 1:at] + data + f[at:]
        out.append(fixed(f))
    return out


def step_fragments(frames, arg):
    size, out = int(arg), []
    for f in frames:
        at = ETH + header_len(f)
        data = f[at:]
        ident = random.getrandbits(31)
        for off in range(0, len(data), size):
            more = off + size < len(data)
            if v6(f):
                head = f[:ETH + 6] + bytes([44]) + f[ETH + 7:at]
                head += struct.pack("!BBHI", f[ETH + 6], 0, off | more, ident)
            else:
                head = f[:ETH + 6] + struct.pack("!H", off // 8 | more << 13) + f[ETH + 8:at]
            out.append(fixed(head + data[off:off + size]))
    return out


def step_toobig(frames, arg):
    addr, mtu, *source = arg.split("/")
    addr = ipaddress.ip_address(addr)
    out = []
    for f in frames:
        eth = f[6:12] + f[:6] + f[12:14]
        quoted = step_src([f], source[0])[0] if source else f
        quote = quoted[ETH:ETH + header_len(f) + 8]
        if addr.version == 4:
            icmp = struct.pack("!BBHHH", 3, 4, 0, 0, int(mtu)) + quote
            icmp = icmp[:2] + struct.pack("!H", checksum(icmp)) + icmp[4:]
            head = struct.pack("!BBHHHBBH", 0x45, 0xc0, 0, 1, 0, 64, 1, 0) + addr.packed
            out.append(fixed(eth + head + f[ETH + 12:ETH + 16] + icmp))
        else:
            ends = addr.packed + f[ETH + 8:ETH + 24]
            icmp = struct.pack("!BBHI", 2, 0, 0, int(mtu)) + quote
            sum_over = ends + struct.pack("!II", len(icmp), 58) + icmp
            icmp = icmp[:2] + struct.pack("!H", checksum(sum_over)) + icmp[4:]
            out.append(fixed(eth + struct.pack("!IHBB", 6 << 28, 0, 58, 64) + ends + icmp))
    return out


STEPS = {
    "pick": step_pick,
    "reverse": lambda frames, arg: frames[::-1],
    "repeat": lambda frames, arg: frames * int(arg),
    "flip": step_flip,
    "bits": step_bits,
    "frag": step_frag,
    "cut": step_cut,
    "set": step_set,
    "raw": step_raw,
    "src": step_src,
    "proto": step_proto,
    "spi": step_spi,
    "seq": step_seq,
    "seqs": step_seqs,
    "values": step_values,
    "addseq": step_addseq,
    "udp": step_udp,
    "esp": step_esp,
    "ah": step_ah,
    "comp": step_comp,
    "sign": step_sign,
    "toobig": step_toobig,
    "header": step_header,
    "fragments": step_fragments,
}


def main():
    dev, path = sys.argv[1:3]
    frames = read_pcap(path)
    for step in sys.argv[3:]:
        name, _, arg = step.partition("=")
        frames = STEPS[name](frames, arg)
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.bind((dev, 0))
    for f in frames:
        sock.send(f)
    print(len(frames))


if __name__ == "__main__":
    main()
