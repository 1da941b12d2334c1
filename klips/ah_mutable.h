/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What AH authenticates of an IP header: the fields that no router changes,
 * and those whose last value can be foretold.
 */
#ifndef KLIPS_AH_MUTABLE_H
#define KLIPS_AH_MUTABLE_H

#include "klips/pure.h"

int klips_ah_mute_v4(u8 *hdr, unsigned int len, bool predict);
int klips_ah_mute_v6(u8 *hdr, unsigned int len, bool predict);

#endif /* KLIPS_AH_MUTABLE_H */
