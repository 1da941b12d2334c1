# SPDX-License-Identifier: GPL-2.0-or-later
# pfkey-client: talks PF_KEY with the module in a guest, for tests/net/pfkey-*.sh.
PFKEY_CLIENT := $(B)/tests/net/pfkey-client

$(PFKEY_CLIENT): tests/net/pfkey-client.c $(B)/lib/pfkey/libpfkey.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $^

net-helpers: $(PFKEY_CLIENT)
