/// HttpPlatform: the Platform over HTTP, with the session that all of a destination's calls share.
///
/// As Platform. The clock outlives it. The token and the credentials are in no text and no log.
#pragma once

#include <memory>
#include <string>

#include "broker/deliver/satusehat/session.h"

namespace broker::deliver::satusehat {

class HttpPlatform : public Platform {
public:
    explicit HttpPlatform(std::shared_ptr<Session> session) : session_(std::move(session)) {}
    /// With a session of its own. Throws as Session.
    HttpPlatform(HttpPlatformSettings settings, const Clock& clock)
        : HttpPlatform(std::make_shared<Session>(std::move(settings), clock)) {}

    Heard find_orders(const Accession& accession) override;
    Heard find_studies(const Accession& accession) override;
    Heard find_studies_by_uid(const std::string& study_uid) override;
    Heard create_study(const boost::json::object& resource) override;
    Heard replace_study(const std::string& id, const boost::json::object& resource) override;

    /// Any thread: what waits now, and what is begun later, ends soon. For good.
    void interrupt() { interrupt_.raise(); }

private:
    Heard ask(std::string_view what, Step step, const http::Request& request);
    Heard search(std::string_view type, const std::string& token);

    const std::shared_ptr<Session> session_;
    http::Interrupt interrupt_;
};

}  // namespace broker::deliver::satusehat
