# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Sourced by demo.sh: a shell at each place of the network, commands typed into
# it, what they print, and checks that are counted.
#
# What is shown is what is run: run() prints its argument after the place's name
# and hands the very same text to a shell that has been sitting there from the
# start, so that variables, background jobs and `kill %1` work as at a prompt.

END_MARK='@@end-of-command@@'
PLACES='sunset west nic east sunrise'
declare -A TO FROM
HELD=0 WRONG=0
OUT=			# what the last command printed
ANSWER_LIMIT=60		# seconds a command may take

heading() {
	echo
	echo "==== $*"
	echo
}

tell() {
	local line

	for line in "$@"; do
		echo "${line:+  $line}"
	done
}

held() {
	HELD=$((HELD + 1))
	echo "  ok: $*"
}

wrong() {
	WRONG=$((WRONG + 1))
	echo "  WRONG: $*"
}

# check WHAT IS SHOULD: two words that must be the same
check() {
	if [ "$2" = "$3" ]; then
		held "$1: $2"
	else
		wrong "$1: is '$2', should be '$3'"
	fi
}

check_least() { # WHAT IS LEAST
	if [ "${2:-0}" -ge "$3" ]; then
		held "$1: $2"
	else
		wrong "$1: is '$2', should be $3 or more"
	fi
}

# a shell at each place; descriptors are kept in TO and FROM
stage_open() {
	local place to from

	for place in $PLACES; do
		mkfifo "$TMP/$place.to" "$TMP/$place.from"
		"$place" bash --norc -s \
			< "$TMP/$place.to" > "$TMP/$place.from" 2>&1 &
		exec {to}> "$TMP/$place.to" {from}< "$TMP/$place.from"
		TO[$place]=$to FROM[$place]=$from
		echo "set -m" >&"$to"
	done
}

# type PLACE COMMAND: without showing it; sets OUT, and status as the command's
type_at() {
	local place=$1 line last=
	local -i first=1

	OUT=
	printf 'eval %q < /dev/null; printf "\\n%s %%s\\n" $?\n' "$2" "$END_MARK" >&"${TO[$place]}"
	while IFS= read -r -t $((ANSWER_LIMIT * KLIPS_SLOW)) line <&"${FROM[$place]}"; do
		case $line in
		"$END_MARK "*)
			# the empty line belongs to the mark
			[ -z "$last" ] || show "$last"
			return "${line##* }"
			;;
		esac
		[ "$first" = 1 ] || show "$last"
		first=0
		last=$line
	done
	wrong "$place did not answer within $ANSWER_LIMIT s"
	stage_verdict
}

show() {
	[ "$QUIET" = 1 ] || printf '%s\n' "$1"
	OUT+=$1$'\n'
}

# run PLACE COMMAND: show it, run it, show what it prints; it must succeed
run() {
	local rc=0

	printf '%s# %s\n' "$1" "$2"
	QUIET=0 type_at "$1" "$2" || rc=$?
	[ "$rc" = 0 ] || wrong "that command failed with status $rc"
	return 0
}

# run_refused PLACE COMMAND: it must fail
run_refused() {
	local rc=0

	printf '%s# %s\n' "$1" "$2"
	QUIET=0 type_at "$1" "$2" || rc=$?
	[ "$rc" != 0 ] || wrong "that command succeeded and should not"
	return 0
}

# ask PLACE COMMAND: its output, for a check, with nothing shown
ask() {
	QUIET=1 type_at "$1" "$2" || :
	OUT=${OUT%$'\n'}
}

# wait_at PLACE COMMAND: until it succeeds, for ten seconds at most
wait_at() {
	local end=$((SECONDS + 10 * KLIPS_SLOW))

	until QUIET=1 type_at "$1" "$2"; do
		[ "$SECONDS" -lt "$end" ] || { wrong "$1: never came true: $2"; return 0; }
		type_at "$1" "sleep 0.1"
	done
}

# capture PLACE DEVICE FILE FILTER: run tcpdump in the background there
capture() {
	run "$1" "tcpdump --immediate-mode -n -i $2 -w $3 $4 2> $3.log &"
	wait_at "$1" "grep -q 'listening on' $3.log"
}

# after the last packet: let it be written, then stop tcpdump
capture_end() { # PLACE
	QUIET=1 type_at "$1" "sleep 0.$((KLIPS_SLOW > 1 ? 9 : 4))"
	run "$1" "kill %tcpdump; wait %tcpdump"
}

stage_verdict() {
	local text

	text="$HELD checks held"
	[ "$WRONG" = 0 ] || text="$WRONG wrong, $HELD held"
	[ ! -d /out ] || echo "$text" > /out/verdict
	trap - EXIT
	[ "$WRONG" = 0 ]
	exit
}
