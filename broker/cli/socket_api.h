/// SocketApi: calls to the broker that runs on this machine, over its Unix socket.
///
/// One thread at a time. The kernel tells the broker who calls (peer credentials), so nothing is sent to prove it.
#pragma once

#include <filesystem>

#include "broker/cli/api.h"

namespace broker::cli {

class SocketApi : public Api {
public:
    /// `socket` is `data_dir/api.sock`. Nothing is opened yet.
    explicit SocketApi(std::filesystem::path socket);

    Reply call(const Call& call) override;
    Reply stream(const Call& call, const Sink& sink) override;

private:
    Reply ask(const Call& call, const Sink* sink) const;

    std::filesystem::path socket_;
};

}  // namespace broker::cli
