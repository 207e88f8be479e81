/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/confined/confine.h"

#include <grp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* The overflow user of every Linux, "nobody" on most. */
#define NOBODY 65534

/* A console of 500 x 300 cells with libtsm's takes under 10 MiB. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define MEMORY_MAX RLIM_INFINITY /* a sanitizer's shadow takes terabytes of addresses */
#else
#define MEMORY_MAX (128UL << 20)
#endif
#define CPU_MAX_S (8 * 3600)

static gboolean limit(void) {
    const struct {
        int resource;
        rlim_t value;
    } limits[] = {
        {RLIMIT_NOFILE, 1} /* poll() wants one */,
        {RLIMIT_NPROC, 0},
        {RLIMIT_FSIZE, 0},
        {RLIMIT_CORE, 0},
        {RLIMIT_CPU, CPU_MAX_S},
        {RLIMIT_MSGQUEUE, 0},
        {RLIMIT_DATA, MEMORY_MAX},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(limits); i++) {
        struct rlimit value = {limits[i].value, limits[i].value};
        if (setrlimit((__rlimit_resource_t)limits[i].resource, &value) < 0)
            return FALSE;
    }
    return TRUE;
}

/* As root: another user, and namespaces with nothing in them. Where those are not to be had, seccomp alone
 * holds. */
static gboolean drop_privileges(void) {
    if (geteuid() != 0)
        return TRUE;
    if (unshare(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWNS | CLONE_NEWUTS) < 0)
        g_debug("no namespaces of its own");
    return setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
           setresuid(NOBODY, NOBODY, NOBODY) == 0;
}

/* What a program needs that reads and writes its pipes and computes. */
static const int allowed[] = {
    SCMP_SYS(read),          SCMP_SYS(write),
    SCMP_SYS(writev),        SCMP_SYS(poll),
    SCMP_SYS(ppoll),         SCMP_SYS(brk),
    SCMP_SYS(munmap),        SCMP_SYS(mremap),
    SCMP_SYS(madvise),       SCMP_SYS(futex),
    SCMP_SYS(exit),          SCMP_SYS(exit_group),
    SCMP_SYS(rt_sigreturn),  SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(clock_gettime), SCMP_SYS(restart_syscall),
    SCMP_SYS(getpid),        SCMP_SYS(gettid),
    SCMP_SYS(getrandom),     SCMP_SYS(sched_yield),
};

static gboolean filter_calls(void) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    gboolean fine = filter != NULL;
    for (gsize i = 0; fine && i < G_N_ELEMENTS(allowed); i++)
        fine = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0) == 0;
    /* Memory may be mapped, but never to be executed. */
    const struct scmp_arg_cmp never_executed = SCMP_A2(SCMP_CMP_MASKED_EQ, 4 /* PROT_EXEC */, 0);
    fine = fine && seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, &never_executed) == 0 &&
           seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, &never_executed) == 0 &&
           seccomp_load(filter) == 0;
    if (filter != NULL)
        seccomp_release(filter);
    return fine;
}

gboolean confine(const char **why) {
    *why = NULL;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
        *why = "prctl";
    else if (!drop_privileges())
        *why = "privileges cannot be dropped";
    else if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        *why = "no_new_privs";
    else if (!limit())
        *why = "limits cannot be set";
    else if (!filter_calls())
        *why = "seccomp is not to be had";
    return *why == NULL;
}
