/// Platform: what is asked of SATUSEHAT for a study, and what each reply means.
///
/// Any thread, several at once; blocks. No function throws because of the network or a peer.
#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "broker/deliver/satusehat/accession.h"
#include "broker/deliver/satusehat/answer.h"
#include "broker/http/failure.h"

namespace broker::deliver::satusehat {

/// No whole reply came.
struct Silence {
    bool may_have_arrived = false;  ///< the request had left: the outcome is unknown
    std::string what;               ///< of ours, without anything of the request
    http::Failure failure = {};
};

struct Told {
    Judgement judgement;
    std::string body;
    std::optional<std::chrono::seconds> retry_after;
    std::string request_id = {};  ///< under which the platform's people find it; letters, digits and dashes, or ""
};

using Heard = std::variant<Told, Silence>;

class Platform {
public:
    Platform() = default;
    Platform(const Platform&) = delete;
    Platform& operator=(const Platform&) = delete;
    virtual ~Platform() = default;

    /// ServiceRequests that carry the accession number.
    virtual Heard find_orders(const Accession& accession) = 0;
    /// ImagingStudies that do.
    virtual Heard find_studies(const Accession& accession) = 0;
    /// ImagingStudies of this Study Instance UID, whoever's.
    virtual Heard find_studies_by_uid(const std::string& study_uid) = 0;
    /// Not to be done twice without a search between.
    virtual Heard create_study(const boost::json::object& resource) = 0;
    /// Replaces the whole.
    virtual Heard replace_study(const std::string& id, const boost::json::object& resource) = 0;
};

}  // namespace broker::deliver::satusehat
