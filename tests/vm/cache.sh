# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Sourced by the scripts beside it: where the cache lies, what a kernel in it
# looks like, and a private view of apt that leaves the system's own alone.
#
# A kernel NAME (6.1, 6.12, 7.2, debug, kcsan, uml, uml-debug) is a directory CACHE/kernels/NAME:
#	version		the release, as uname -r prints it
#	vmlinux		the uncompressed ELF that qemu boots; for uml the program
#	build		build directory for modules (KERNELDIR), a link
#	modules/	lib/modules/RELEASE, trimmed, with depmod's files
#	manifest	sha256 of vmlinux and Module.symvers; written last, so its
#			presence also says that the rest is complete

STOCK_KERNELS="6.1 6.12"
OWN_KERNELS="7.2 debug kcsan uml uml-debug"

KLIPS_CACHE=${KLIPS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/klips}

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

kernel_dir() {
	echo "$KLIPS_CACHE/kernels/$1"
}

# is kernel $1 complete, and still what it was when it was put there?
kernel_ready() {
	local d

	d=$(kernel_dir "$1")
	[ -s "$d/manifest" ] && (cd "$d" && sha256sum --quiet --status -c manifest)
}

kernel_seal() {
	(cd "$(kernel_dir "$1")" && sha256sum vmlinux build/Module.symvers > manifest)
}

# one of us at a time works on the cache
cache_lock() {
	mkdir -p "$KLIPS_CACHE/deb" "$KLIPS_CACHE/kernels"
	exec 9> "$KLIPS_CACHE/lock"
	flock -n 9 || { echo "${0##*/}: waiting for another run to leave the cache"; flock 9; }
}

# apt with package lists of our own, so that no root is needed and the
# system's lists stay as they are.  $APT_SOURCES: a sources file instead of the
# system's (with lists of its own).
apt_private() {
	local cmd=$1 s=$KLIPS_CACHE/apt${APT_SOURCES:+-${APT_SOURCES##*/}}
	local -a o=(-o "Dir::State::lists=$s/lists" -o "Dir::Cache=$s/cache"
		-o APT::Sandbox::User=root)

	shift
	[ -z "${APT_SOURCES-}" ] ||
		o+=(-o "Dir::Etc::sourcelist=$APT_SOURCES" -o Dir::Etc::sourceparts=-)
	mkdir -p "$s/lists/partial" "$s/cache/archives/partial"
	"$cmd" "${o[@]}" "$@"
}

# fetch packages into the cache; apt checks them against its signed lists, and
# the hash noted here is checked at every later use.  Prints the file names.
fetch_debs() {
	local p f

	cd "$KLIPS_CACHE/deb" || return
	touch SHA256SUMS
	for p in "$@"; do
		f=$(deb_known "$p") || {
			apt_private apt-get -qq download "$p" >&2 || return
			f=$(ls -t "${p}"_*.deb | head -1)
			sed -i "/  $f\$/d" SHA256SUMS
			sha256sum "$f" >> SHA256SUMS
		}
		echo "$KLIPS_CACHE/deb/$f"
	done
}

# prints the file of package $1, if the cache has it whole and as noted
deb_known() {
	local f

	f=$(grep -F "  ${1}_" SHA256SUMS | tail -1 | cut -d' ' -f3)
	[ -n "$f" ] && [ -e "$f" ] && grep -F "  $f" SHA256SUMS | sha256sum --status -c - &&
		echo "$f"
}
