/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spi's command line, from its options to its request.
 */
#ifndef TOOLS_SPI_H
#define TOOLS_SPI_H

#include "tools/common/sa_args.h"
#include "tools/common/tool.h"

#define SPI_STATUS_USAGE	255

enum spi_action {
	SPI_NONE,
	SPI_AH,
	SPI_ESP,
	SPI_COMP,
	SPI_IP4,
	SPI_IP6,
	SPI_DEL,
	SPI_CLEAR,
	SPI_LIST,
};

/**
 * struct spi_alg - what an algorithm's name means in a message
 * @auth:	enum klips_auth
 * @encrypt:	enum klips_encr, or klips_calg with --comp
 * @auth_key:	needs --authkey
 * @enc_key:	needs --enckey
 * @key_bits:	length of the cipher's key if the name says so, else 0
 * @salt_bytes:	what --enckey holds besides the cipher's key
 */
struct spi_alg {
	u8 auth;
	u8 encrypt;
	bool auth_key;
	bool enc_key;
	unsigned int key_bits;
	unsigned int salt_bytes;
};

/**
 * struct spi_end - an address given with --src or --dst
 * @arg:	argument, NULL if the option was not met
 * @addr:	what it says
 */
struct spi_end {
	const char *arg;
	struct klips_addr addr;
};

/**
 * struct spi_key - a key
 * @len:	bytes, 0 if none was given
 * @bytes:	the key; wiped at the end of the run
 */
struct spi_key {
	size_t len;
	u8 bytes[SAID_KEY_MAX];
};

/**
 * struct spi - a command line
 * @action:	what to do
 * @alg_name:	argument of --ah, --esp or --comp
 * @alg:	what it means
 * @family:	address family, once an option told it, else 0
 * @sa:		the SA
 * @src:	where its packets come from
 * @dst:	inner destination; checked, and not part of a message
 * @auth_key:	--authkey
 * @enc_key:	--enckey
 * @replay:	--replay_window, packets
 * @window:	--window, packets, 0 none
 * @esn:	--esn
 * @seq:	--last_seq, last sequence number used
 * @life:	--life
 * @natt:	--natt, enum klips_natt
 * @sport:	--sport, host byte order
 * @dport:	--dport, host byte order
 * @outif:	--outif, number of a virtual device as in PLUMBIF
 * @saref_me:	--sarefme
 * @saref_him:	--sarefhim
 * @dump_saref:	--dumpsaref
 * @listen:	--listenreply
 */
struct spi {
	enum spi_action action;
	const char *alg_name;
	struct spi_alg alg;
	int family;
	struct sa_args sa;
	struct spi_end src;
	struct spi_end dst;
	struct spi_key auth_key;
	struct spi_key enc_key;
	u8 replay;
	u16 window;
	bool esn;
	u64 seq;
	struct said_life life;
	u8 natt;
	u16 sport;
	u16 dport;
	u16 outif;
	u32 saref_me;
	u32 saref_him;
	bool dump_saref;
	bool listen;
};

/* options.c, options_sa.c */
extern const struct tool spi_tool;
int spi_set_af(struct tool_run *run, const struct tool_option *opt, const char *arg);
int spi_set_end(struct tool_run *run, const struct tool_option *opt, const char *arg);
int spi_set_edst(struct tool_run *run, const struct tool_option *opt, const char *arg);
int spi_set_spi(struct tool_run *run, const struct tool_option *opt, const char *arg);
int spi_set_proto(struct tool_run *run, const struct tool_option *opt, const char *arg);
int spi_set_said(struct tool_run *run, const struct tool_option *opt, const char *arg);

/* Which end spi_set_end() is about. */
enum spi_which_end {
	SPI_SRC,
	SPI_DST,
};

/* alg.c */
bool spi_alg_esp(const char *name, struct spi_alg *alg);
bool spi_alg_ah(const char *name, struct spi_alg *alg);
bool spi_alg_comp(const char *name, struct spi_alg *alg);

/* life.c */
int spi_set_life(struct tool_run *run, const struct tool_option *opt, const char *arg);

/* check.c */
int spi_check(struct tool_run *run, struct spi *cmd);

/* list.c */
int spi_list(const struct tool_run *run, const struct spi *cmd);
int spi_list_json(const struct tool_run *run);

/* send.c */
int spi_send(struct tool_run *run, const struct spi *cmd);

/* answer.c */
int spi_answer(struct tool_run *run, const struct spi *cmd);

#endif /* TOOLS_SPI_H */
