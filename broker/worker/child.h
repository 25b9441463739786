/// Child: a helper process with a pipe in and a pipe out, killed and reaped at the latest when this is destroyed.
///
/// One thread, that which made it: the helper dies with it. SIGPIPE must be ignored by the process.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "broker/dicom/descriptor.h"

namespace broker::worker {

class Child {
public:
    /// How it ended: an exit status, or the signal that ended it.
    struct End {
        bool is_exit = false;
        int value = 0;
    };

    /// Starts it with no environment, no other descriptor than its two pipes, and a process group of its own. Throws
    /// std::system_error where the system has no process, descriptor or memory for it.
    Child(const std::filesystem::path& program, const std::vector<std::string>& arguments);
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    /// Non-blocking, closed by whoever is done with it; `end` becomes readable when the process has ended.
    dicom::Descriptor& input() { return input_; }
    dicom::Descriptor& output() { return output_; }
    const dicom::Descriptor& end() const { return end_; }

    /// From now on it may use so much more processor time, in whole seconds, as far as its hard limit goes; beyond that
    /// it is killed. False where the system doesn't let us; then its limit stays as it was.
    bool allow_cpu(std::chrono::seconds more);

    void kill();
    /// Waits for the end.
    End reap();

private:
    pid_t pid_ = -1;
    dicom::Descriptor input_, output_, end_;
};

}  // namespace broker::worker
