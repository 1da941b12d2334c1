/* SPDX-License-Identifier: GPL-2.0-only */
/* crypto_memneq(): in a header of its own from 6.4 on. */
#ifndef KLIPS_COMPAT_CRYPTO_UTILS_H
#define KLIPS_COMPAT_CRYPTO_UTILS_H

#if __has_include_next(<crypto/utils.h>)
#include_next <crypto/utils.h>
#else
#include <crypto/algapi.h>
#endif

#endif /* KLIPS_COMPAT_CRYPTO_UTILS_H */
