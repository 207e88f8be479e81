/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/host/kvm.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined __x86_64__
#include <linux/kvm.h>

/* Guest memory: page tables of four levels that map the first 2 MiB to themselves, then the code. */
enum { AT_PML4 = 0x1000, AT_PDPT = 0x2000, AT_PD = 0x3000, AT_CODE = 0x4000, MEMORY_SIZE = 0x6000 };

/* Intel's manual, volume 3: entries present and writable, a 2 MiB page; CR0.PE, .PG; CR4.PAE; EFER.LME, .LMA.
 */
enum {
    ENTRY = 3,
    LARGE = 0x80,
    CR0_PE_PG = (int)0x80000001,
    CR4_PAE = 0x20,
    EFER_LONG = 0x500,
    FLAGS_NONE = 2
};

#define FEATURES_MAX 100

/* A loop of 256 rounds that reads CR3, writes it back (a flush) and asks CPUID, then halts: what every kernel
 * does in its first moments, and where a nested machine that only pretends hangs. */
static const unsigned char code[] = {
    0xbe, 0x00, 0x01, 0x00, 0x00, /* mov esi, 256 */
    0x0f, 0x20, 0xd8,             /* mov rax, cr3 */
    0x0f, 0x22, 0xd8,             /* mov cr3, rax */
    0x31, 0xc0,                   /* xor eax, eax */
    0x0f, 0xa2,                   /* cpuid */
    0xff, 0xce,                   /* dec esi */
    0x75, 0xf2,                   /* jnz to the first mov */
    0xf4,                         /* hlt */
};

static void fill(unsigned char *memory) {
    guint64 pdpt = AT_PDPT | ENTRY, directory = AT_PD | ENTRY, page = ENTRY | LARGE;
    memcpy(memory + AT_PML4, &pdpt, sizeof pdpt);
    memcpy(memory + AT_PDPT, &directory, sizeof directory);
    memcpy(memory + AT_PD, &page, sizeof page);
    memcpy(memory + AT_CODE, code, sizeof code);
}

static gboolean enter_long_mode(int cpu) {
    struct kvm_sregs sregs;
    struct kvm_regs regs = {.rip = AT_CODE, .rflags = FLAGS_NONE};
    if (ioctl(cpu, KVM_GET_SREGS, &sregs) < 0)
        return FALSE;
    struct kvm_segment segment = {
        .limit = 0xffffffff, .selector = 8, .present = 1, .type = 11, .s = 1, .l = 1, .g = 1};
    sregs.cs = segment;
    segment.type = 3;
    segment.selector = 16;
    sregs.ds = sregs.es = sregs.ss = segment;
    sregs.cr3 = AT_PML4;
    sregs.cr4 = CR4_PAE;
    sregs.cr0 = (guint32)CR0_PE_PG;
    sregs.efer = EFER_LONG;
    return ioctl(cpu, KVM_SET_SREGS, &sregs) == 0 && ioctl(cpu, KVM_SET_REGS, &regs) == 0;
}

/* The processor's features are the host's, so that long mode may be entered. */
static gboolean set_features(int kvm, int cpu) {
    static union {
        struct kvm_cpuid2 head;
        char room[sizeof(struct kvm_cpuid2) + FEATURES_MAX * sizeof(struct kvm_cpuid_entry2)];
    } features;
    features.head.nent = FEATURES_MAX;
    return ioctl(kvm, KVM_GET_SUPPORTED_CPUID, &features) == 0 && ioctl(cpu, KVM_SET_CPUID2, &features) == 0;
}

/* Runs in a child of a threaded program: system calls alone. */
static gboolean halts(int vm, int cpu, int run_size) {
    unsigned char *memory =
        mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct kvm_run *run = mmap(NULL, (size_t)run_size, PROT_READ | PROT_WRITE, MAP_SHARED, cpu, 0);
    if (memory == MAP_FAILED || run == MAP_FAILED)
        return FALSE;
    fill(memory);
    struct kvm_userspace_memory_region region = {.memory_size = MEMORY_SIZE,
                                                 .userspace_addr = (__u64)(uintptr_t)memory};
    return ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region) == 0 && enter_long_mode(cpu) &&
           ioctl(cpu, KVM_RUN, 0) == 0 && run->exit_reason == KVM_EXIT_HLT;
}

static gboolean start_virtual_cpu(int kvm) {
    int vm = ioctl(kvm, KVM_CREATE_VM, 0);
    int cpu = vm < 0 ? -1 : ioctl(vm, KVM_CREATE_VCPU, 0);
    int run_size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    return cpu >= 0 && run_size >= (int)sizeof(struct kvm_run) && set_features(kvm, cpu) &&
           halts(vm, cpu, run_size);
}
#else
#include <linux/kvm.h>

static gboolean start_virtual_cpu(int kvm) {
    return ioctl(kvm, KVM_GET_API_VERSION, 0) == KVM_API_VERSION;
}
#endif

/* A child that hangs in the kernel may not even die; it is left to init, and counts as "does not work". */
static int wait_for(pid_t child) {
    int handle = (int)syscall(SYS_pidfd_open, child, 0);
    struct pollfd poll_child = {.fd = handle, .events = POLLIN};
    int status = 0;
    gboolean ended = handle >= 0 && poll(&poll_child, 1, KVM_PROBE_MS) == 1;
    if (!ended)
        kill(child, SIGKILL);
    gboolean reaped = waitpid(child, &status, ended ? 0 : WNOHANG) == child;
    if (handle >= 0)
        close(handle);
    return ended && reaped && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

gboolean kvm_processor_has(const char *cpuinfo, const char *flag) {
    g_autofree char *pattern = g_strdup_printf("^flags\\s*:.*\\b%s\\b", flag);
    return g_regex_match_simple(pattern, cpuinfo, G_REGEX_MULTILINE, 0);
}

/* A processor without VMX or SVM has no hardware virtualisation, whatever stands behind /dev/kvm: seen on a
 * nested machine whose /dev/kvm runs the first instructions of a kernel well and then hangs. */
static gboolean processor_can(void) {
#if defined __x86_64__
    g_autofree char *text = NULL;
    if (!g_file_get_contents("/proc/cpuinfo", &text, NULL, NULL))
        return TRUE;
    return kvm_processor_has(text, "vmx") || kvm_processor_has(text, "svm");
#else
    return TRUE;
#endif
}

/* 1, 0, or -1 where /dev/kvm may not be opened by this user. */
static int probe_here(void) {
    if (!processor_can())
        return 0;
    int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (kvm < 0)
        return errno == EACCES || errno == EPERM ? -1 : 0;
    pid_t child = fork();
    if (child == 0)
        _exit(start_virtual_cpu(kvm) ? 0 : 1);
    int works = child < 0 ? -1 : wait_for(child);
    close(kvm);
    return works;
}

static int ask_libvirt(virConnectPtr connection) {
    char *capabilities = virConnectGetDomainCapabilities(connection, NULL, NULL, NULL, "kvm", 0);
    int works = capabilities == NULL ? 0 : 1;
    free(capabilities);
    return works;
}

int kvm_works(virConnectPtr connection, gboolean local) {
    static GMutex lock;
    static int here = -2;
    if (!local)
        return ask_libvirt(connection);
    g_mutex_lock(&lock);
    if (here == -2)
        here = probe_here();
    int works = here;
    g_mutex_unlock(&lock);
    return works == -1 ? ask_libvirt(connection) : works;
}
