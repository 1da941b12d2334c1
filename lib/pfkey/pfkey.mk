# SPDX-License-Identifier: GPL-2.0-or-later
# libpfkey.a: PF_KEY for programs, with the pure files it needs.
PFKEY_SRCS := $(wildcard lib/pfkey/*.c) klips/pfkey_msg.c klips/pfkey_parse.c klips/pfkey_build.c
PFKEY_OBJS := $(PFKEY_SRCS:%.c=$(B)/%.o)

$(B)/lib/pfkey/libpfkey.a: $(PFKEY_OBJS)
	@rm -f $@
	$(AR) rcs $@ $^

$(PFKEY_OBJS): $(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

-include $(PFKEY_OBJS:.o=.d)
