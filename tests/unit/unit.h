/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What every unit test includes; cmocka wants these in this order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
