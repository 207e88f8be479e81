/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/confined/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/unit.h"

/* The other doors out: files, sockets, programs, processes, memory of others, the kernel's own. */
static const struct {
    const char *name;
    long number;
} calls[] = {
#define CALL(name)                                                                                           \
    { #name, SYS_##name }
    CALL(openat),
    CALL(creat),
    CALL(unlink),
    CALL(rename),
    CALL(mkdir),
    CALL(chmod),
    CALL(chown),
    CALL(link),
    CALL(symlink),
    CALL(truncate),
    CALL(readlink),
    CALL(stat),
    CALL(access),
    CALL(getdents64),
    CALL(chdir),
    CALL(chroot),
    CALL(mount),
    CALL(umount2),
    CALL(pivot_root),
    CALL(socketpair),
    CALL(connect),
    CALL(bind),
    CALL(accept),
    CALL(sendmsg),
    CALL(recvmsg),
    CALL(pipe2),
    CALL(dup),
    CALL(fcntl),
    CALL(ioctl),
    CALL(memfd_create),
    CALL(execveat),
    CALL(clone),
    CALL(vfork),
    CALL(ptrace),
    CALL(process_vm_readv),
    CALL(tkill),
    CALL(prctl),
    CALL(setuid),
    CALL(capset),
    CALL(unshare),
    CALL(setns),
    CALL(bpf),
    CALL(perf_event_open),
    CALL(io_uring_setup),
    CALL(userfaultfd),
    CALL(keyctl),
    CALL(init_module),
    CALL(reboot),
    CALL(shmget),
    CALL(msgget),
    CALL(inotify_init1),
    CALL(timerfd_create),
    CALL(personality),
    CALL(open_by_handle_at),
#undef CALL
};

static long call_tried;

enum { DONE = 0, REFUSED = 7, NOT_CONFINED = 9 };

/* What a confined process tries; each returns whether it got its way. */
static gboolean try_file(void) {
    return open("/etc/passwd", O_RDONLY) >= 0;
}

static gboolean try_new_file(void) {
    return open("/tmp/innkeep-confined", O_CREAT | O_WRONLY, 0600) >= 0;
}

static gboolean try_socket(void) {
    return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static gboolean try_program(void) {
    char name[] = "/bin/true", *const arguments[] = {name, NULL};
    return execv(arguments[0], arguments) == 0;
}

static gboolean try_process(void) {
    return fork() >= 0;
}

static gboolean try_signal(void) {
    return kill(getppid(), 0) == 0;
}

static gboolean try_code(void) {
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
           MAP_FAILED;
}

/* By its number, with arguments that are harmless where it should succeed. */
static gboolean try_call(void) {
    return syscall(call_tried, -1, 0, 0, 0, 0, 0) >= 0 || errno != ENOSYS;
}

static gboolean compute(void) {
    return getpid() > 0 && write(STDOUT_FILENO, "", 0) == 0;
}

static int status_of(gboolean (*attempt)(void)) {
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        const char *why;
        if (!confine(&why))
            _exit(NOT_CONFINED);
        _exit(attempt() ? DONE : REFUSED);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void killed(gboolean (*attempt)(void)) {
    int status = status_of(attempt);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
}

static void files_sockets_programs_processes_are_out_of_reach(void **state) {
    killed(try_file);
    killed(try_new_file);
    killed(try_socket);
    killed(try_program);
    killed(try_process);
    killed(try_signal);
    killed(try_code);
}

static void every_other_way_out_is_closed(void **state) {
    for (gsize i = 0; i < G_N_ELEMENTS(calls); i++) {
        call_tried = calls[i].number;
        int status = status_of(try_call);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
            fail_msg("%s is not refused", calls[i].name);
    }
}

static void computing_and_its_pipes_stay(void **state) {
    int status = status_of(compute);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), DONE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_sockets_programs_processes_are_out_of_reach),
        cmocka_unit_test(every_other_way_out_is_closed),
        cmocka_unit_test(computing_and_its_pipes_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
