/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/provision/operate.h"

int main(int argc, char **argv) {
    return operate_main(argc - 1, argv + 1);
}
