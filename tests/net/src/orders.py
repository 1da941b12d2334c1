#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Send the same few packets in every order there is, and say what must come of it.

usage: orders.py INTERFACE PCAP KEYHEX WINDOW FIRST NUMBER...

The first frame of PCAP, signed for null-sha1-96, is sent with each of the NUMBERs as
its sequence number, in every order, each order further on by what lies between the
largest number and the window, so that nothing of the one before is remembered; FIRST
is added to all. After each order every packet is sent once more. Prints how
many must be accepted, called a replay, and called late, as a window of plain sets
sees it, and the last number used.
"""
import itertools
import socket
import sys

import inject


class Window:
    def __init__(self, width):
        self.width, self.last, self.seen = width, 0, set()

    def verdict(self, seq):
        if seq + self.width <= self.last:
            return "late"
        if seq in self.seen:
            return "replay"
        self.seen.add(seq)
        self.last = max(self.last, seq)
        return "accepted"


def main():
    dev, path, key = sys.argv[1:4]
    width, first = int(sys.argv[4]), int(sys.argv[5])
    numbers = [int(n) for n in sys.argv[6:]]
    frame = inject.read_pcap(path)[0]
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.bind((dev, 0))
    window, count = Window(width), {"accepted": 0, "replay": 0, "late": 0}
    for order in itertools.permutations(numbers):
        for n in order + order:
            seq = first + n
            count[window.verdict(seq)] += 1
            sock.send(inject.step_sign(inject.step_seq([frame], str(seq)), key)[0])
        first += max(numbers) + width
    print(count["accepted"], count["replay"], count["late"], window.last)


main()
