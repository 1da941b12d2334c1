# SPDX-License-Identifier: GPL-2.0-or-later
# The drawing of a packet's way: one text, and what is made of it.
.PHONY: drawing drawing-check
drawing: ## make docs/packet-way.svg anew from packet-way.txt
	docs/packet-way svg >docs/packet-way.svg.new
	mv docs/packet-way.svg.new docs/packet-way.svg

drawing-check: ## the SVG and the manual page show what packet-way.txt says
	@mkdir -p $(B)
	@docs/packet-way svg | cmp - docs/packet-way.svg
	@docs/packet-way term | sed 's/^/|/; s/ *$$//' >$(B)/drawing.text
	@sed -n '/^\.\\" drawing/,/^\.Ed/{/^\./d;s/^/|/;s/ *$$//;p}' man/ipsec_firewall.7 | \
		diff $(B)/drawing.text - || { echo "drawing-check: man/ipsec_firewall.7 differs"; exit 1; }
	@echo "drawing-check: the same everywhere"
