/// ReadOnly: answers the API's questions from a stopped broker's database, without a server.
///
/// One thread at a time. Whoever opens it makes sure that no broker runs on the folder.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "web/broker_state.h"
#include "web/exchange.h"
#include "web/limits.h"

namespace web {

struct StoppedFolder {
    std::filesystem::path database;
    Node node;  ///< name, version and zone as the configuration has them; no started_at
    std::function<outbox::Instant()> now;
    Limits limits;
};

class ReadOnly {
public:
    /// Opens the database. Throws outbox::Error: newer, damaged, io.
    explicit ReadOnly(StoppedFolder folder);
    ~ReadOnly();
    ReadOnly(const ReadOnly&) = delete;
    ReadOnly& operator=(const ReadOnly&) = delete;

    /// Answers as the server would. Acting calls: 409, the broker is stopped. A streamed body goes to `write` piece by
    /// piece, and the response's own body is empty then; such a body may throw outbox::Error.
    Response answer(std::string_view method, std::string_view target, std::string_view body, const Write& write);

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace web
