/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/said: text to SAIDs, addresses, subnets, ports, keys, and back.
 *
 * No input or output, no state: everything a tool needs to understand one
 * argument.  Host, service and protocol names are looked up through functions
 * that the caller passes, so that tests need no name server.
 */
#ifndef SAID_H
#define SAID_H

#include "klips/pure.h"
#include <klips/pfkeyv2.h>

#endif
