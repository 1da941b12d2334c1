# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Sourced in the guest and on the host: which lines of a kernel log mean that
# something is wrong, whatever the test itself thinks.

COMPLAINTS='WARNING: |BUG: |[^a-z]Oops[: ]|kernel BUG at|general protection fault|KASAN: |UBSAN: '
COMPLAINTS+='|possible circular locking|possible recursive locking|inconsistent lock state'
COMPLAINTS+='|suspicious RCU usage|lock held when returning to user space|bad unlock balance'
COMPLAINTS+='|sleeping function called from invalid context|scheduling while atomic'
COMPLAINTS+='|INFO: task .* blocked for more|rcu.*detected stalls|soft lockup|hard LOCKUP'
COMPLAINTS+='|unregister_netdevice: waiting|refcount_t: |leaked reference|ODEBUG: |Dead loop on'
COMPLAINTS+='|list_(add|del) corruption|stack-protector|Unable to handle|Objects remaining in'
COMPLAINTS+='|page_pool_release_retry|ref_tracker: .*leak|usercopy: Kernel memory|Kernel panic'

# complaints in files, or on standard input
complaints() {
	others "$@" | grep -aE "$COMPLAINTS"
}

# The log without what kernels say of themselves, with or without the module: User Mode
# Linux of its second processor when it boots, and XFRM's IPCOMP, with MOVE, of a header
# that it reads when the packet is no longer there (ipcomp_input_done2()).
others() {
	awk '
		/WARNING: suspicious RCU usage/ { title = $0; left = 3; next }
		/Callback enqueued on offline CPU/ { title = "" }
		/KASAN: (slab-)?use-after-free in ipcomp_input\+.*\[xfrm_ipcomp\]/ { next }
		title && !--left { print title; title = "" }
		{ print }
		END { if (title) print title }' "$@"
}
