// A child whose standard input is a pipe of ours, and whose first line says where it is.
#include "broker/main/demo_platform.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <stdexcept>
#include <vector>

#include "broker/dicom/descriptor.h"

namespace broker {

namespace {

std::filesystem::path program() {
    const auto path = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "satusehat_simulator";
    if (::access(path.c_str(), X_OK) == 0) return path;
    throw std::runtime_error(
        "the simulated national platform is a program of the build tree, and isn't beside this one; build the project "
        "and run `build/dicom-bridge demo --satusehat`, or try `demo` without it");
}

struct Pipe {
    Pipe() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no descriptors left for a pipe");
        read = dicom::Descriptor(ends[0]);
        write = dicom::Descriptor(ends[1]);
    }
    dicom::Descriptor read, write;
};

std::string first_line(int descriptor) {
    std::string line;
    char next = 0;
    for (;;) {
        const ssize_t got = ::read(descriptor, &next, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0 || next == '\n') return line;
        line += next;
    }
}

pid_t spawn(std::vector<std::string> words, int in, int out) {
    std::vector<char*> arguments;
    for (std::string& each : words) arguments.push_back(each.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions{};
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    // Ctrl+C is for the demo, which takes its leave of the platform first.
    posix_spawnattr_t attributes{};
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    pid_t child = -1;
    const int error = ::posix_spawn(&child, arguments[0], &actions, &attributes, arguments.data(), environ);
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0) throw std::runtime_error("the simulated national platform cannot be started");
    return child;
}

}  // namespace

DemoPlatform::DemoPlatform(const std::filesystem::path& folder, const std::string& accession_number)
    : client_id_file_(folder / "client_id"), client_secret_file_(folder / "client_secret") {
    Pipe in, out;
    child_ = spawn({program().string(), "--port", "0", "--json", "--until-stdin-ends", "--organization", organization,
                    "--client-id-file", client_id_file_.string(), "--client-secret-file", client_secret_file_.string(),
                    "--no-orders", "--order", accession_number + ",CT"},
                   in.read.get(), out.write.get());
    stdin_ = in.write.release();
    out.write = dicom::Descriptor();
    boost::system::error_code error;
    const auto told = boost::json::parse(first_line(out.read.get()), error);
    const auto* object = error ? nullptr : told.if_object();
    const auto* url = object == nullptr ? nullptr : object->if_contains("url");
    if (url != nullptr && url->is_string()) url_ = url->get_string();
    if (!url_.empty()) return;
    ::close(stdin_);
    ::waitpid(child_, nullptr, 0);
    throw std::runtime_error("the simulated national platform did not begin; it says why above");
}

DemoPlatform::~DemoPlatform() {
    ::close(stdin_);
    ::waitpid(child_, nullptr, 0);
}

}  // namespace broker
