/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* `innkeep complete SHELL LINE [BREAKS]`, which the shells' completion asks: what may stand at the end of
 * LINE, a candidate on a line of its own, for zsh and fish with a tab and what it is; for bash quoted, since
 * LINE is what was typed and BREAKS its COMP_WORDBREAKS. A line "\tfiles" leaves it to the shell to name
 * files. Nothing is changed, said or asked, and within a second it has ended. words begin with SHELL. The
 * exit status. */
int complete_main(int count, char **words);
