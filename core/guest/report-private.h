/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <libvirt/libvirt.h>

#include "core/guest/report.h"

/* What virDomainGetGuestInfo() told; skew and frozen are not in it. The caller's. Any thread. */
struct report *report_parse(virTypedParameterPtr parameters, int count);
