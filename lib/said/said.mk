# SPDX-License-Identifier: GPL-2.0-or-later
# libsaid.a: text to SAIDs and back; linked into every tool and tests.
SAID_SRCS := $(wildcard lib/said/*.c) klips/said_text.c
SAID_OBJS := $(SAID_SRCS:%.c=$(B)/%.o)

$(B)/lib/said/libsaid.a: $(SAID_OBJS)
	@rm -f $@
	$(AR) rcs $@ $^

$(SAID_OBJS): $(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

-include $(SAID_OBJS:.o=.d)
