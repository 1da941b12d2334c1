#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 200
# check: uml
#
# What the outer header takes from the inner one and what not: DSCP and ECN, TTL, DF,
# ID, flow label; options and extension headers in either; fragments on both sides.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/src/inject.sh"

switch() { # NAME VALUE, on west
	west sh -c "echo $2 > /proc/sys/net/ipsec/$1"
}

# lines for probe.py behind the addresses of sunset and sunrise, straight into
# ipsec0; what they become is in out.pcap, what arrives in in.pcap
probe() {
	local src dst line

	src=$(addr SUNSET "$INNER") dst=$(addr SUNRISE "$INNER")
	capture_start out net west esp and src host "$(addr WEST "$OUTER")"
	capture_start in sunrise eth0 src host "$src"
	while read -r line; do
		echo "$src $dst $line"
	done | west /usr/bin/python3 "$KLIPS_TOP/tests/net/src/probe.py" ipsec0
	capture_stop out in
}

# one field of every outer (out) or inner (in) header: fields CAPTURE NAME
fields() {
	local name=$2 family=$OUTER

	[ "$1" = out ] || family=$INNER
	case $family$name in
	4ecn | 4tos) name=tos ;;
	6tos) name=class ;;
	6ttl) name=hlim ;;
	esac
	if [ "$name" = flags ]; then
		capture_text "$1" -v | sed -n 's/.*flags \[\([^]]*\)\], proto.*/\1/p'
	else
		# IPv6 leaves out a class or label of 0
		capture_text "$1" -v | grep -E '^IP6? \(' |
			sed -E "/$name /!s/.*/0x0/; s/.*$name ([^,)]*).*/\1/"
	fi | sed 's|0x0\([0-9a-f]\)|0x\1|' | tr '\n' ' '
}

# numbers, each in hexadecimal as tcpdump prints them
hexes() {
	printf '0x%x ' "$@"
}

# the outer headers of one pair of families
outer_rules() {
	step "$INNER in $OUTER: traffic class"
	probe <<-END
		17 1 2 tos=0
		17 1 2 tos=184
		17 1 2 tos=185
		17 1 2 tos=2
		17 1 2 tos=187
		17 1 2 tos=252
	END
	assert_eq "$(fields out tos)" "$(hexes 0 184 185 2 187 252)" "class outside"
	assert_eq "$(fields in tos)" "$(hexes 0 184 185 2 187 252)" "class that arrived"
	switch tos 1
	probe <<-END
		17 1 2 tos=184
		17 1 2 tos=185
		17 1 2 tos=2
		17 1 2 tos=187
	END
	assert_eq "$(fields out tos)" "$(hexes 0 1 2 3)" "class outside, DSCP hidden"
	assert_eq "$(fields in tos)" "$(hexes 184 185 2 187)" "class that arrived"
	switch tos 0

	step "$INNER in $OUTER: TTL, ID or flow label, DF"
	probe <<-END
		17 1 2 ttl=7
		17 1 2 ttl=255 df=1
	END
	assert_eq "$(fields out ttl)" "64 64 " "TTL outside"
	assert_eq "$(fields in ttl)" "6 254 " "TTL that arrived"
	if [ "$OUTER" = 4 ]; then
		assert_eq "$(fields out flags)" "none none " "flags outside"
		assert_ne "$(fields out id | cut -d' ' -f1)" "$(fields out id | cut -d' ' -f2)" "IDs outside"
		switch df 1
		probe <<-END
			17 1 2
			17 1 2 df=1
			17 1 2 df=1 size=1440
		END
		if [ "$INNER" = 4 ]; then
			assert_eq "$(fields out flags)" "none DF + none " "flags outside, DF copied"
		else
			assert_eq "$(fields out flags)" "DF DF + none " "flags outside, DF copied"
		fi
		switch df 2
		probe <<< "17 1 2"
		assert_eq "$(fields out flags)" "DF " "flags outside, DF set"
		switch df 0
	else
		assert_eq "$(fields out flowlabel)" "0x0 0x0 " "flow labels outside"
	fi
}

# headers between the inner one and its payload, and what kind of packet arrives
inner_rules() {
	step "$INNER in $OUTER: options inside, fragments inside"
	if [ "$INNER" = 4 ]; then
		probe <<-END
			17 1 2 opt=01010101
			17 1 2 opt=0707040000000000
		END
		assert_eq "$(capture_count in 'ip[0] & 15 > 5')" 2 "packets with options"
		assert_ping sunset "$SUNRISE_4" 1 -R
		[ "$OUTER" = 6 ] || assert_eq "$(capture_count out 'ip[0] & 15 = 5')" 2 "without, outside"
	else
		probe <<-END
			17 1 2 opt=00010400000000
			17 1 2 opt=011e0c000000000000000000000000
		END
		assert_eq "$(capture_count in 'ip6[6] = 0')" 2 "packets with options"
	fi
	probe <<-END
		1 size=64 frag=0+ id=77
		1 size=64 frag=64 id=77
		17 1 2 size=56 frag=0+ id=78
		17 size=64 frag=64 id=78
	END
	assert_ge "$(capture_count in)" 3 "fragments and wholes that arrived"
	learn_size sunset sunrise	# again: on a slow machine it has been forgotten
	assert_tunnel 1 -s 3000
}

# outer_again STEP...: the packet of base.pcap, with GOOD inside, in another outer header
outer_again() {
	seen=$(received)
	SEQ=$((SEQ + 1))
	inject esp="$NEXT:$GOOD" seq=$SEQ sign="$AUTHKEY" "$@"
}

# what arrives on the outside
arriving_rules() {
	local mark

	step "$INNER in $OUTER: options, extension headers and fragments outside"
	inbound_again null-sha1-96
	alg null-sha1-96
	if [ "$INNER" = 4 ]; then
		NEXT=4 GOOD=45000014000100004001f6e7c0000201c0000101
	else
		NEXT=41 GOOD=6000000000003b4020010db8000200000000000000000001
		GOOD+=20010db8000100000000000000000001
	fi
	if [ "$OUTER" = 4 ]; then
		set -- 01010101 0707040000000000
		mark=set=1:03
	else
		set -- 0:0000010400000000 60:0000010400000000
		mark=set=1:30
	fi
	for one in "$@"; do
		outer_again header="$one"
		assert_eq "$(received)" $((seen + 1)) "packets behind $one"
	done
	outer_again header="${!#}" fragments=24
	assert_eq "$(received)" $((seen + 1)) "packets from fragments"
	outer_again fragments=16 reverse
	assert_eq "$(received)" $((seen + 1)) "packets from fragments, last one first"
	outer_again fragments=16 pick=0:2
	assert_eq "$(received)" $seen "packets from some of its fragments"
	expect
	# congestion outside, and an inner packet that knows of no such thing; two that do
	outer_again "$mark"
	expect IN_ECN 1
	capture_start in west ipsec0
	case $INNER in
	4) GOOD=${GOOD/#4500/4502} GOOD=${GOOD/f6e7/f6e5} ;;
	6) GOOD=${GOOD/#6000/6020} ;;
	esac
	outer_again "$mark"
	outer_again "${mark/3/1}"
	capture_stop in
	assert_eq "$(fields in tos)" "$(hexes 3 1)" "class inside of what met congestion outside"
	expect
	assert_tunnel 1 -s 1472 -M dont
}

topo_up
klips_dev_up
for pair in ${PAIRS:-4:4}; do
	OUTER=${pair%:*} INNER=${pair#*:} SEQ=0
	klips_tunnel null-sha1-96
	klips_route "$(addr RIGHT "$INNER")"
	xfrm_peer_up null-sha1-96
	learn_size sunset sunrise
	expect_from_here
	outer_rules
	inner_rules
	expect
	steal 1
	arriving_rules
	klips_clear
	xfrm_down
done
