/// Serve: the broker and its windows in one process, from a configuration until it is told to end.
#pragma once

#include "broker/broker.h"
#include "broker/cli/run.h"
#include "broker/main/windows.h"
#include "web/server.h"

namespace broker {

/// A broker with its web server.
class Bridge {
public:
    /// As Broker's constructor. Nothing listens yet.
    Bridge(const config::Config& config, const Clock& clock, Broker::OnFatal on_fatal);
    ~Bridge();

    /// On return pages and associations are served. Throws web::Error, std::system_error.
    void start();
    void stop();

    Broker& broker() { return broker_; }
    std::uint16_t http_port() const { return server_.port(); }

private:
    Broker broker_;
    Knowledge knowledge_;
    Hands hands_;
    web::Server server_;
};

/// The command `serve`: 0 after an orderly stop, 1 after a failure, 2 for a configuration that isn't valid.
int serve(const cli::ServeOptions& options, const Clock& clock);

}  // namespace broker
