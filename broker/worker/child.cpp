#include "broker/worker/child.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <memory>
#include <system_error>

namespace broker::worker {
namespace {

[[noreturn]] void fail(int error, const char* what) {
    throw std::system_error(error, std::generic_category(), what);
}

struct Pipe {
    dicom::Descriptor out, in;  ///< what is written to `in` is read from `out`
};

Pipe make_pipe() {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) fail(errno, "pipe for the helper process");
    return {dicom::Descriptor(ends[0]), dicom::Descriptor(ends[1])};
}

struct Actions {
    Actions() { ::posix_spawn_file_actions_init(&value); }
    ~Actions() { ::posix_spawn_file_actions_destroy(&value); }
    posix_spawn_file_actions_t value;
};

struct Attributes {
    Attributes() { ::posix_spawnattr_init(&value); }
    ~Attributes() { ::posix_spawnattr_destroy(&value); }
    posix_spawnattr_t value;
};

/// The broker's signals are not the helper's: none blocked, none ignored, none from the terminal.
void set_signals(posix_spawnattr_t& attributes) {
    sigset_t none, all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

pid_t spawn(const std::filesystem::path& program, const std::vector<std::string>& arguments, int input, int output) {
    std::vector<char*> words;
    for (const std::string& each : arguments) words.push_back(const_cast<char*>(each.c_str()));
    words.push_back(nullptr);
    char* const no_environment[] = {nullptr};
    Actions actions;
    ::posix_spawn_file_actions_adddup2(&actions.value, input, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions.value, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&actions.value, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addclosefrom_np(&actions.value, STDERR_FILENO + 1);
    Attributes attributes;
    set_signals(attributes.value);
    pid_t pid = -1;
    const int error =
        ::posix_spawn(&pid, program.c_str(), &actions.value, &attributes.value, words.data(), no_environment);
    if (error != 0) fail(error, "start of the helper process");
    return pid;
}

}  // namespace

Child::Child(const std::filesystem::path& program, const std::vector<std::string>& arguments) {
    Pipe to = make_pipe(), from = make_pipe();
    for (const int ours : {to.in.get(), from.out.get()})
        if (::fcntl(ours, F_SETFL, O_NONBLOCK) != 0) fail(errno, "pipe for the helper process");
    pid_ = spawn(program, arguments, to.out.get(), from.in.get());
    end_ = dicom::Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    if (!end_.is_open()) {
        const int error = errno;
        kill();
        reap();
        fail(error, "watching the helper process");
    }
    input_ = std::move(to.in);
    output_ = std::move(from.out);
}

Child::~Child() {
    if (pid_ < 0) return;
    kill();
    reap();
}

bool Child::allow_cpu(std::chrono::seconds more) {
    clockid_t clock{};
    timespec used{};
    rlimit limit{};
    if (pid_ < 0 || ::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return false;
    if (::prlimit(pid_, RLIMIT_CPU, nullptr, &limit) != 0) return false;
    // The second that has begun counts as used.
    const auto wanted = static_cast<rlim_t>(used.tv_sec + 1 + more.count());
    limit.rlim_cur = limit.rlim_max == RLIM_INFINITY ? wanted : std::min(wanted, limit.rlim_max);
    return ::prlimit(pid_, RLIMIT_CPU, &limit, nullptr) == 0;
}

void Child::kill() {
    if (pid_ >= 0) ::kill(pid_, SIGKILL);
}

Child::End Child::reap() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    if (WIFEXITED(status)) return {true, WEXITSTATUS(status)};
    return {false, WIFSIGNALED(status) ? WTERMSIG(status) : 0};
}

}  // namespace broker::worker
