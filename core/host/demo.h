/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Furnishes libvirt's in-process test driver with a sample house of guests in all states. The driver keeps it
 * as long as one connection is open, and this one stays open. Main thread, before anything else connects; the
 * driver is in this process and does not block. */
void demo_furnish(const char *uri);
