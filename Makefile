# SPDX-License-Identifier: GPL-2.0-or-later
# Short verbs for everything; `make help` lists them.  The recipes lie beside what
# they build, in the fragments included below.
B ?= build
ifeq ($(origin CC),default)
CC := gcc
endif
PREFIX ?= /usr/local
DESTDIR ?=
VERSION := $(shell cat VERSION)
CFLAGS ?= -O2 -g
CFLAGS += -std=gnu11 -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes -Iinclude -I. \
	-DKLIPS_VERSION='"$(VERSION)"'
HOSTCFLAGS_SAN := -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all

all: module tools ## the module and the tools
.PHONY: all module tools unit golden fuzz help clean install install-tools install-man install-module uninstall clang
.DEFAULT_GOAL := all

include $(wildcard lib/*/*.mk tools/*.mk tools/*/*.mk tests/*/*.mk man/*.mk docs/*.mk bench/*.mk klips/*.mk)

tools: ## the user-space tools: ipsec eroute, spi, spigrp, tncfg, klipsdebug, trace
unit: ## unit tests of the pure files, with ASan and UBSan; no root, no kernel
golden: ## command lines in, PF_KEY bytes and texts out; no root, no kernel
fuzz: ## everything that comes from outside, with clang's fuzzer

# ---- installing ----

LIBEXEC = $(DESTDIR)$(PREFIX)/libexec/ipsec
SBIN = $(DESTDIR)$(PREFIX)/sbin
MAN = $(DESTDIR)$(PREFIX)/share/man
COMPLETION = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
ZSH_COMPLETION = $(DESTDIR)$(PREFIX)/share/zsh/site-functions
MODPROBE_D = $(DESTDIR)$(PREFIX)/lib/modprobe.d
EXTRA = $(DESTDIR)/lib/modules/$(KRELEASE)/extra
INSTALL_TOOLS := eroute spi spigrp tncfg klipsdebug look barf trace handover _handover
MAN_PAGES = $(wildcard man/*.[1-9])

install: install-tools install-man install-module ## all of it, under DESTDIR and PREFIX (/usr/local)

install-tools: tools ## ipsec into sbin, its tools into libexec/ipsec
	install -d $(LIBEXEC) $(SBIN)
	install -m 755 $(foreach t,$(INSTALL_TOOLS),$(B)/tools/$(t)) $(LIBEXEC)/
	tools/ipsec/install $(B)/tools/ipsec $(SBIN)
	install -D -m 644 $(B)/completion/ipsec $(COMPLETION)/ipsec
	install -D -m 644 $(B)/completion/_ipsec $(ZSH_COMPLETION)/_ipsec

install-man: ## the manual pages
	@for p in $(MAN_PAGES); do \
		echo "install $$p"; \
		install -D -m 644 $$p $(MAN)/man$${p##*.}/$${p##*/} || exit; \
	done

install-module: module ## ipsec.ko for KERNELDIR into extra/, and the modprobe.d file
	install -D -m 644 $(MODULE_KO) $(EXTRA)/ipsec.ko
	install -D -m 644 klips/modprobe.conf $(MODPROBE_D)/klips.conf
	$(if $(DESTDIR),,depmod $(KRELEASE))

uninstall: ## take away what install put there (the same DESTDIR, PREFIX, KERNELDIR)
	tools/ipsec/install --remove $(SBIN)
	rm -f $(addprefix $(LIBEXEC)/,$(INSTALL_TOOLS)) $(EXTRA)/ipsec.ko \
		$(MODPROBE_D)/klips.conf $(COMPLETION)/ipsec \
		$(ZSH_COMPLETION)/_ipsec \
		$(foreach p,$(MAN_PAGES),$(MAN)/man$(patsubst .%,%,$(suffix $(p)))/$(notdir $(p)))
	-rmdir $(LIBEXEC)

# ---- the rest ----

clang: ## compile module and tools with clang too, warnings as errors
	$(MAKE) B=$(B)/clang tools CC=clang
	$(MAKE) B=$(B)/clang module KERNEL=$(or $(KERNEL),6.12) CC=$(CURDIR)/tests/vm/clang-cc

help: ## this list
	@sed -n 's/^\([a-z0-9.-]*\):[^#=]*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | \
		awk -F '\t' '!seen[$$1]++ { printf "  %-16s %s\n", $$1, $$2 }' | sort
	@echo
	@echo "Variables: KERNEL=6.1|6.12|7.2|debug|kcsan|uml, or KERNELDIR=build directory of a kernel;"
	@echo "B=$(B), CC, CFLAGS, PREFIX=$(PREFIX), DESTDIR; KLIPS_CACHE=$(KLIPS_CACHE)"

clean: ## remove what was built here; the cache with the kernels stays
	rm -rf $(B)
