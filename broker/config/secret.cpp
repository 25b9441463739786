#include "broker/config/secret.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace broker::config {

namespace {

std::string because(int error) {
    return std::generic_category().message(error);
}

/// A descriptor that closes itself.
class File {
public:
    explicit File(const std::filesystem::path& path)
        // A pipe that nobody writes to would hang whoever opens it.
        : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
    ~File() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    int descriptor() const { return descriptor_; }

private:
    const int descriptor_;
};

std::string content_of(const std::filesystem::path& path, const std::string& what) {
    const std::string named = what + "_file " + path.string();
    const File file(path);
    if (file.descriptor() < 0) throw SecretError(named + " cannot be opened: " + because(errno));
    struct stat status {};
    if (::fstat(file.descriptor(), &status) != 0 || !S_ISREG(status.st_mode))
        throw SecretError(named + " is no regular file");
    std::string content(secret_bytes_max + 1, '\0');
    std::size_t size = 0;
    while (size < content.size()) {
        const ssize_t got = ::read(file.descriptor(), content.data() + size, content.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw SecretError(named + " cannot be read: " + because(errno));
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    if (size > secret_bytes_max) throw SecretError(named + " is too long to be a secret");
    content.resize(size);
    return content;
}

}  // namespace

std::string read_secret(const Secret& secret, const std::string& what) {
    std::string content;
    std::string where;
    if (!secret.file.empty()) {
        where = what + "_file " + secret.file.string();
        content = content_of(secret.file, what);
    } else {
        where = what + "_env " + secret.env;
        const char* value = secret.env.empty() ? nullptr : std::getenv(secret.env.c_str());
        if (value == nullptr) throw SecretError(where + " is not set");
        content = value;
    }
    constexpr const char* white = " \t\r\n";
    const std::size_t begin = content.find_first_not_of(white);
    if (begin == std::string::npos) throw SecretError(where + " is empty");
    content = content.substr(begin, content.find_last_not_of(white) - begin + 1);
    if (content.find_first_of("\r\n") != std::string::npos) throw SecretError(where + " has more than one line");
    return content;
}

}  // namespace broker::config
