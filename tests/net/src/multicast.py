#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Datagrams to a group, or to everybody, by a device that is named.

usage: multicast.py send DEVICE SOURCE DESTINATION PORT TEXT
       multicast.py hear DEVICE GROUP PORT SECONDS
       multicast.py router DEVICE SOURCE

`send` sends one, `hear` joins the group on the device, says "listening", prints what
comes, and ends behind the first or when the time is over. A DESTINATION of
255.255.255.255 is for everybody, and `hear` joins nothing for 0.0.0.0. `router` is an
IPv6 router's advertisement, as a neighbour's must look.
"""
import ipaddress
import socket
import struct
import sys


def family(text):
    return socket.AF_INET if ipaddress.ip_address(text).version == 4 else socket.AF_INET6


def by_device(sock, device, v6):
    index = socket.if_nametoindex(device)
    if v6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("4s4si", b"", b"", index))
    return index


def send(device, source, destination, port, text):
    sock = socket.socket(family(destination), socket.SOCK_DGRAM)
    sock.bind((source, 0))
    if destination == "255.255.255.255":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    else:
        by_device(sock, device, ":" in destination)
    sock.sendto(text.encode(), (destination, int(port)))


def join(sock, device, group):
    index = socket.if_nametoindex(device)
    packed = ipaddress.ip_address(group).packed
    if len(packed) == 16:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, packed + struct.pack("I", index))
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack("4s4si", packed, b"", index))


def hear(device, group, port, seconds):
    sock = socket.socket(family(group), socket.SOCK_DGRAM)
    sock.bind(("", int(port)))
    sock.settimeout(float(seconds))
    if group != "0.0.0.0":
        join(sock, device, group)
    print("listening", flush=True)
    try:
        print(sock.recv(2000).decode())
    except TimeoutError:
        pass


def router(device, source):
    sock = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
    sock.bind((source, 0, 0, by_device(sock, device, True)))
    # default route for 600 seconds, nothing else
    sock.sendto(struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 600, 0, 0), ("ff02::1", 0))


def main():
    {"send": send, "hear": hear, "router": router}[sys.argv[1]](*sys.argv[2:])


main()
