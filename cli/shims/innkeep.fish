# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of innkeep for fish: the program answers, fish quotes.
function __innkeep_complete
    set -l answer (command innkeep complete fish (commandline -cp | string collect) 2>/dev/null)
    if test "$answer[1]" = \tfiles
        set -l option (string match -r -- '^--[^=]*=' (commandline -ct))
        set -l path (string replace -r -- '^--[^=]*=' '' (commandline -ct))
        for one in (__fish_complete_path $path)
            printf '%s%s\n' $option $one
        end
    else if set -q answer[1]
        printf '%s\n' $answer
    end
end
complete -c innkeep -f -a '(__innkeep_complete)'
