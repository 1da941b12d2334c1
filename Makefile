# SPDX-License-Identifier: GPL-2.0-or-later
# Short verbs for everything; `make help` lists them.
B ?= build
CC ?= gcc
PREFIX ?= /usr/local
DESTDIR ?=
VERSION := $(shell cat VERSION)
CFLAGS ?= -O2 -g
CFLAGS += -std=gnu11 -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes -Iinclude -I. \
	-DKLIPS_VERSION='"$(VERSION)"'
HOSTCFLAGS_SAN := -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all

all: module tools
.PHONY: all module tools help clean
.DEFAULT_GOAL := all

include $(wildcard lib/*/*.mk tools/*.mk tools/*/*.mk tests/*/*.mk man/*.mk bench/*.mk klips/*.mk)

clean:
	rm -rf $(B)
