# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of innkeep for bash: the program answers, quoted for this line, and nothing of it is ever expanded.
_innkeep() {
    mapfile -t COMPREPLY < <(command innkeep complete bash "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
    if [[ ${COMPREPLY[0]-} == $'\tfiles' ]]; then
        COMPREPLY=()
        compopt -o default
    elif [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
        compopt -o nospace
    fi
}
complete -F _innkeep innkeep
