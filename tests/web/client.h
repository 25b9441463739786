/// Client: a raw connection to a server, which sends any bytes and reads whatever comes back.
///
/// One thread at a time. Every wait has a deadline; one that passes is an exception, so a test never hangs.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace test {

/// One response, taken apart.
struct Got {
    int status = 0;
    std::map<std::string, std::string> headers;  ///< names in lower case
    std::string body;                            ///< chunks joined
    bool is_whole = false;                       ///< the framing says that nothing is missing
};

class Client {
public:
    explicit Client(std::uint16_t port);
    explicit Client(const std::filesystem::path& socket);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void send(std::string_view bytes);
    /// Sends as much as the kernel takes without waiting; false when the peer has closed.
    bool try_send(std::string_view bytes);
    /// One response; the rest stays for the next call. `is_head`: it has no body.
    Got read(bool is_head = false);
    /// The next bytes, as few as come; none: the server has closed.
    std::string read_some();
    /// All bytes until the server closes.
    std::string read_to_end();
    bool is_closed_by_peer();

private:
    bool fill();

    int socket_ = -1;
    std::string buffer_;
};

/// A GET (or another call) on a connection of its own.
Got get(std::uint16_t port, const std::string& target, const std::string& more_headers = "");
Got post(std::uint16_t port, const std::string& target, const std::string& body, const std::string& more_headers = "");

}  // namespace test
