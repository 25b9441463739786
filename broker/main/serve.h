/// Serve: the broker and its windows in one process, from a configuration until it is told to end.
#pragma once

#include "broker/broker.h"
#include "broker/cli/run.h"
#include "broker/heartbeat.h"
#include "broker/main/accounting.h"
#include "broker/main/configuring.h"
#include "broker/main/consulting.h"
#include "broker/main/reasons.h"
#include "broker/main/rendering.h"
#include "broker/main/windows.h"
#include "web/server.h"

namespace broker {

/// A broker with its web server.
class Bridge {
public:
    /// As Broker's constructor. Nothing listens yet.
    Bridge(const config::Config& config, const Clock& clock, Broker::OnFatal on_fatal);
    /// The same with what was loaded from a file, which can be read anew. `loaded` has a configuration.
    Bridge(const config::Loaded& loaded, const Source& source, const Clock& clock, Broker::OnFatal on_fatal);
    ~Bridge();

    /// On return pages and associations are served. Throws web::Error, std::system_error.
    void start();
    void stop();

    Broker& broker() { return broker_; }
    /// Null where it was not made from a file.
    Configuring* configuring() { return configuring_ ? &*configuring_ : nullptr; }
    std::uint16_t http_port() const { return server_.port(); }
    /// The address of the page that makes the first admin, with its secret; "": nobody logs in here, or there are
    /// users.
    std::string setup_link();
    /// SHA-256 of the certificate that the pages show, as browsers have it; "" where they are plain.
    std::string page_fingerprint() const { return server_.fingerprint(); }

private:
    Bridge(const config::Config& config, const config::Loaded* loaded, const Source& source, const Clock& clock,
           Broker::OnFatal on_fatal);
    void renew_tls(const config::Config& taken);

    const Clock& clock_;
    Broker broker_;
    Knowledge knowledge_;
    Hands hands_;
    std::optional<Configuring> configuring_;
    Reasons reasons_;
    Consulting consulting_;
    Rendering rendering_;
    Accounting accounting_;
    Heartbeat heartbeat_;
    web::Server server_;
};

/// The command `serve`: 0 after an orderly stop, 1 after a failure, 2 for a configuration that isn't valid.
int serve(const cli::ServeOptions& options, const Clock& clock);

}  // namespace broker
