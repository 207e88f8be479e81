/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* The hidden role (see JOB_ROLE of proxy.h): carries out the one request that is said on standard input, and
 * tells all who come to its socket. main() calls it first; never returns. */
_Noreturn void runner_main(void);
