#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A key daemon's socket: UDP, carrying ESP (RFC 3948), until it is killed.

usage: encap.py 4|6 PORT [ioctl [DEVICE]]

Says "listening", then "got N BYTES" for each datagram that is not ESP. With
`ioctl` the socket is converted the old way, through ipsec0 or DEVICE.
"""
import fcntl
import socket
import struct
import sys

UDP_ENCAP = 100
ESPINUDP = 2
SIOC_UDP_ENCAP = 0x89f3

family = socket.AF_INET if sys.argv[1] == "4" else socket.AF_INET6
sock = socket.socket(family, socket.SOCK_DGRAM)
sock.bind(("", int(sys.argv[2])))
if len(sys.argv) > 3:
    device = sys.argv[4] if len(sys.argv) > 4 else "ipsec0"
    request = struct.pack("16sii16x", device.encode(), sock.fileno(), ESPINUDP)
    fcntl.ioctl(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), SIOC_UDP_ENCAP, request)
else:
    sock.setsockopt(socket.IPPROTO_UDP, UDP_ENCAP, ESPINUDP)
print("listening", flush=True)
while True:
    data = sock.recv(65536)
    print("got", len(data), data[:32].hex(), flush=True)
