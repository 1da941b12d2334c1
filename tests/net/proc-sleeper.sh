#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 90
# check: uml
# module: no
#
# Readers that open every file of KLIPS in /proc, read a few bytes and sleep.  They hold
# up nobody meanwhile: no packet, no change, no device, no namespace that ends, no module
# that is unloaded.  When they wake, they read on, or are told that the file is gone.
. "$(dirname "$0")/lib.sh"

LINES=${LINES:-2000}

# sleeper_start NAME: a reader of all files of west, asleep; its words in $TMP/NAME
sleeper_start() {
	nsenter --net=/run/netns/west -- /usr/bin/python3 - "$TMP/$1.wake" > "$TMP/$1" <<-'END' &
		import errno, os, sys, time
		names = ["/proc/net/" + n for n in sorted(os.listdir("/proc/net")) if n.startswith("pf_key")]
		for where, dirs, files in sorted(os.walk("/proc/net/ipsec")):
		    names += [where + "/" + n for n in sorted(files) if n != "get"]
		files = [(n, os.open(n, os.O_RDONLY)) for n in names]
		start = {n: os.read(fd, 7) for n, fd in files}
		print("asleep", len(files), flush=True)
		while not os.path.exists(sys.argv[1]):
		    time.sleep(0.05)
		for n, fd in files:
		    data, end = start[n], "end"
		    try:
		        while True:
		            more = os.read(fd, 1000)
		            if not more:
		                break
		            data += more
		    except OSError as e:
		        end = errno.errorcode[e.errno]
		    lines = data.count(b"\n")
		    whole = not data or data.endswith(b"\n")
		    print("read", n[10:], len(data), lines, end, "whole" if whole else "cut", flush=True)
	END
	SLEEPER=$!
	wait_until 20 grep -q asleep "$TMP/$1" || fail "the reader did not open the files"
	FILES=$(sed -n 's/^asleep //p' "$TMP/$1")
	assert_ge "$FILES" 20 "files"
}

sleeper_wake() { # NAME
	touch "$TMP/$1.wake"
	wait $SLEEPER
	assert_eq "$(grep -c '^read' "$TMP/$1")" "$FILES" "files read on"
}

lines_of() { # NAME FILE
	awk -v f="$2" '$2 == f { print $4 }' "$TMP/$1"
}

# timely COMMAND...: what would wait for a sleeper never ends
timely() {
	local begin=$SECONDS

	"$@"
	assert_ge $((5 * KLIPS_SLOW)) $((SECONDS - begin)) "seconds for $*"
}

before() {
	klips_up aes_gcm16
	west "$KLIPS_B/tests/net/eroutes" add "$LINES"
}

insmod "$KLIPS_KO"
topo_up
xfrm_peer_up aes_gcm16
before

step "nothing changes meanwhile: all of it is there"
sleeper_start still
assert_tunnel 1
sleeper_wake still
assert_eq "$(grep '^read' "$TMP/still" | grep -vc ' end whole$' || :)" 0 "files that broke off"
assert_eq "$(lines_of still ipsec/eroute/all)" $((LINES + 1)) "eroutes"
assert_eq "$(lines_of still ipsec/spi/all)" 4 "SAs"

step "everything changes meanwhile"
sleeper_start changing
timely ipsec eroute --clear
timely ipsec spi --clear
timely west ip link del ipsec0
timely klips_up aes_gcm16
xfrm_down
xfrm_peer_up aes_gcm16
assert_tunnel 1
sleeper_wake changing
assert_eq "$(grep '^read' "$TMP/changing" | grep -vc ' end whole$' || :)" 0 "files that broke off"
# what the first read had fetched, and then what there is now
assert_ge $((LINES / 2)) "$(lines_of changing ipsec/eroute/all)" "eroutes read of those that had gone"

step "the namespace ends meanwhile"
west "$KLIPS_B/tests/net/eroutes" add "$LINES"
sleeper_start orphan
timely ip netns del west
sleeper_wake orphan
assert_eq "$(grep '^read' "$TMP/orphan" | grep -vc ' end whole$' || :)" 0 "files that broke off"
module_unused() {
	[ "$(cat /sys/module/ipsec/refcnt)" = 0 ]
}
wait_until 10 module_unused || fail "module still held $(cat /sys/module/ipsec/refcnt) times"
ip -batch - <<-'END'
	netns del sunset
	netns del net
	netns del east
	netns del sunrise
END

step "the module goes meanwhile"
topo_up
before
sleeper_start gone
timely rmmod ipsec
sleeper_wake gone
# what it had not fetched by then is not there
assert_ge $((LINES / 2)) "$(lines_of gone ipsec/eroute/all)" "eroutes read of a module that had gone"
assert_eq "$(west find /proc/net/ -maxdepth 1 \( -name 'ipsec*' -o -name 'pf_key*' \))" "" "files left"
echo "$FILES files; eroutes read: $(lines_of still ipsec/eroute/all) with nothing changing, $(lines_of changing ipsec/eroute/all) and $(lines_of gone ipsec/eroute/all) of a table and a module that had gone"
