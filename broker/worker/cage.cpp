#include "broker/worker/cage.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <vector>

namespace broker::worker {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool is_sanitized = true;  // a sanitizer reserves terabytes of address space and reads /proc at the end
#else
constexpr bool is_sanitized = false;
#endif

#if defined(__x86_64__)
constexpr unsigned architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr unsigned architecture = AUDIT_ARCH_AARCH64;
#else
constexpr unsigned architecture = 0;
#endif

constexpr rlim_t stack_bytes = 8u << 20;  // deep recursion ends the helper, not the machine's memory
constexpr rlim_t descriptors = 16;        // three pipes, and DCMTK's dictionary while it is read

bool limit(int resource, rlim_t soft, rlim_t hard) {
    const rlimit value{soft, hard};
    return ::setrlimit(static_cast<__rlimit_resource>(resource), &value) == 0;
}

constexpr unsigned allowed_calls[] = {
    SYS_read,         SYS_readv,        SYS_write,          SYS_writev,          SYS_close,    SYS_brk,
    SYS_mmap,         SYS_munmap,       SYS_mremap,         SYS_madvise,         SYS_mprotect, SYS_futex,
    SYS_rt_sigaction, SYS_rt_sigreturn, SYS_rt_sigprocmask, SYS_getpid,          SYS_gettid,   SYS_clock_gettime,
    SYS_gettimeofday, SYS_sched_yield,  SYS_getrandom,      SYS_restart_syscall, SYS_exit,     SYS_exit_group,
};

/// Loads a word of seccomp_data, and jumps on it: each allowed call jumps to its own "allow".
std::vector<sock_filter> filter() {
    std::vector<sock_filter> code{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
    };
    for (const unsigned call : allowed_calls) {
        code.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1));
        code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    }
    code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
    return code;
}

}  // namespace

bool enter_limits(const CageLimits& limits) {
    // Dumps are what RLIMIT_CORE forbids, save those that go to a program: they need a process that may be dumped.
    const bool is_quiet = ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::prctl(PR_SET_DUMPABLE, 0) == 0;
    const bool is_bounded = is_sanitized || limit(RLIMIT_AS, limits.memory_bytes, limits.memory_bytes);
    rlimit cpu{};
    if (::getrlimit(RLIMIT_CPU, &cpu) != 0) return false;
    const rlim_t cpu_end = limits.is_cpu_raised ? cpu.rlim_max : limits.cpu_seconds + 1;
    return is_quiet && is_bounded && limit(RLIMIT_CPU, limits.cpu_seconds, cpu_end) && limit(RLIMIT_CORE, 0, 0) &&
           limit(RLIMIT_FSIZE, 0, 0) && limit(RLIMIT_NOFILE, descriptors, descriptors) && limit(RLIMIT_NPROC, 0, 0) &&
           limit(RLIMIT_STACK, stack_bytes, stack_bytes);
}

bool close_the_door() {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
    if (is_sanitized || architecture == 0) return true;
    std::vector<sock_filter> code = filter();
    const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
    return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace broker::worker
