/// PostOffice: an SMTP server for tests, on loopback, that takes mails or does as it is told.
///
/// Written on sockets and OpenSSL, independently of libcurl. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/http_server.h"

namespace alarm_test {

struct Mail {
    std::string from, login;      ///< "": nobody logged in
    std::vector<std::string> to;  ///< that were taken
    std::string text;
    bool is_encrypted = false;
};

class PostOffice {
public:
    struct Manners {
        std::string greeting = "220 post.example ESMTP";
        std::string refused_address = {};       ///< 550
        std::string answer_to_mail = "250 ok";  ///< to the whole of it; "": the connection is cut
        std::optional<support::HttpTls> starttls = {};
    };
    PostOffice() : PostOffice(Manners{}) {}
    explicit PostOffice(Manners manners);
    ~PostOffice();

    std::uint16_t port() const { return server_->port(); }
    void set(const Manners& manners);
    /// Those that came whole, whatever was answered. Waits until there are so many, or 20 s.
    bool wait_for(std::size_t mails) const { return server_->wait_for_notes(mails); }
    std::vector<Mail> mails() const;

private:
    void serve(support::HttpPeer& peer);
    Manners manners() const;

    mutable std::mutex mutex_;  ///< guards the two
    Manners manners_;
    std::vector<Mail> mails_;
    std::unique_ptr<support::HttpServer> server_;
};

}  // namespace alarm_test
