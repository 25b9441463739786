/// Registered study: the ImagingStudy that the platform has, as a search or a write answers it.
///
/// Values and pure functions; any thread.
#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "broker/deliver/satusehat/bundle.h"
#include "broker/deliver/satusehat/imaging_study.h"

namespace broker::deliver::satusehat {

struct RegisteredStudy {
    std::string id;
    boost::json::object resource;
    std::vector<std::string> other_ids;  ///< older ones with the same key: registered twice
};

/// None was shown. Where something is not shown or not sent, that is no proof that there is none.
struct NoStudy {
    std::size_t suppressed_count = 0;
    bool has_more = false;
    bool is_proven() const { return suppressed_count == 0 && !has_more; }
};

/// Of a search's answer the newest that carries the accession number of the organization as well as the UID. One
/// accession number may have several studies, and one UID several hospitals.
std::variant<RegisteredStudy, NoStudy, BodyFault> find_study(std::string_view body, const StudyKey& key);

/// What a create, replace or read answered: an ImagingStudy with an id. Headers don't matter: `Location` leads
/// elsewhere.
std::variant<RegisteredStudy, BodyFault> parse_study(std::string_view body);

/// The SOP Instance UIDs that the resource lists.
std::set<std::string> instances_in(const boost::json::object& resource);

}  // namespace broker::deliver::satusehat
