/* SPDX-License-Identifier: GPL-2.0-only */
/* A message being carried out: shared by pfkey_ops.c, pfkey_sa.c, pfkey_flow.c. */
#ifndef KLIPS_PFKEY_CALL_H
#define KLIPS_PFKEY_CALL_H

#include "klips/pfkey_build.h"
#include "klips/pfkey_parse.h"

struct klips_eroute_spec;
struct klips_net;
struct sock;

/* Longest answer: two identities, and far less of everything else. */
#define KLIPS_ANSWER_MAX	2048

/**
 * struct klips_call - a message being carried out
 * @kn:		namespace
 * @sk:		the sender's socket
 * @msg:	the message
 * @answer:	writes the answer; started by klips_call_answer()
 * @buf:	where it is written
 */
struct klips_call {
	struct klips_net *kn;
	struct sock *sk;
	const struct klips_msg *msg;
	struct klips_build answer;
	u8 buf[KLIPS_ANSWER_MAX] __aligned(KLIPS_PFKEY_WORD);
};

/**
 * klips_call_answer() - begin the answer
 * @c:		call
 *
 * Return: builder with type, SA type, sequence number and pid of the message.
 */
struct klips_build *klips_call_answer(struct klips_call *c);

/**
 * klips_call_echo_sa() - say the sender's SA or SA2 again
 * @c:		call whose answer is begun
 * @ext:	KLIPS_EXT_SA or KLIPS_EXT_SA2; an absent one is all zeros
 */
void klips_call_echo_sa(struct klips_call *c, enum klips_ext_type ext);

/**
 * klips_call_echo_addr() - say one of the sender's addresses again
 * @c:		call whose answer is begun
 * @ext:	number of an address extension; nothing is said if it is absent
 */
void klips_call_echo_addr(struct klips_call *c, enum klips_ext_type ext);

/**
 * klips_call_echo_idents() - say the sender's identities again
 * @c:		call whose answer is begun
 */
void klips_call_echo_idents(struct klips_call *c);

/**
 * klips_call_tell_all() - queue the answer on every socket
 * @c:		call whose answer is complete
 */
void klips_call_tell_all(struct klips_call *c);

/**
 * klips_call_tell_sender() - queue the answer on the sender's socket only
 * @c:		call whose answer is complete
 */
void klips_call_tell_sender(struct klips_call *c);

/**
 * klips_flow_spec() - the eroute that an ADDFLOW describes
 * @msg:	the message
 * @spec:	set; its identities are the caller's to put
 *
 * Return: 0, or the errno of the message, and there is nothing to put.
 */
int klips_flow_spec(const struct klips_msg *msg, struct klips_eroute_spec *spec);

/**
 * klips_flow_add() - do what ADDFLOW asks for
 * @kn:		namespace, its config mutex held
 * @msg:	the message
 * @sel:	set to its flow
 *
 * Return: 0, or the errno of the message.
 */
int klips_flow_add(struct klips_net *kn, const struct klips_msg *msg, struct klips_selector *sel);

/**
 * klips_flow_del() - do what DELFLOW asks for
 * @kn:		namespace, its config mutex held
 * @msg:	the message
 * @sel:	set to its flow if it is about one
 *
 * Return: 0, or the errno of the message.
 */
int klips_flow_del(struct klips_net *kn, const struct klips_msg *msg, struct klips_selector *sel);

/* pfkey_sa.c, pfkey_flow.c: one for each message type; config mutex held. */
int klips_call_getspi(struct klips_call *c);
int klips_call_update(struct klips_call *c);
int klips_call_add(struct klips_call *c);
int klips_call_delete(struct klips_call *c);
int klips_call_get(struct klips_call *c);
int klips_call_grpsa(struct klips_call *c);
int klips_call_addflow(struct klips_call *c);
int klips_call_delflow(struct klips_call *c);

#endif /* KLIPS_PFKEY_CALL_H */
