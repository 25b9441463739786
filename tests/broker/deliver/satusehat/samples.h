/// Samples: replies and studies with invented identifiers, for the tests of what the platform says and is told.
#pragma once

#include <boost/json.hpp>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/deliver/satusehat/imaging_study.h"

namespace samples {

using broker::deliver::satusehat::Accession;
using broker::deliver::satusehat::InstanceFacts;
using broker::deliver::satusehat::Order;
using broker::deliver::satusehat::StudyKey;

inline constexpr std::string_view organization = "100777001";
inline constexpr std::string_view accession = "RS-0077/A";
inline constexpr std::string_view study_uid = "2.25.7700177001";
inline constexpr std::string_view patient = "Patient/P07770000123";

Accession number(std::string_view text = accession);
StudyKey key();
broker::deliver::satusehat::Zone jakarta();

/// A value of a JSON text that is known to be good.
boost::json::value json(std::string_view text);
std::string text(const boost::json::value& value);

/// What a ServiceRequest of the bundle differs in. Members that are "" are left out.
struct Request {
    std::string id = "7d4c1f00-0000-4000-8000-000000000001";
    std::string subject = std::string(patient);
    std::string status = "active";
    std::string updated = "2026-03-02T01:00:00.000000+00:00";
    std::string value = std::string(accession);
    std::string system = "http://sys-ids.kemkes.go.id/acsn/100777001";
};
boost::json::object service_request(const Request& request = {});
boost::json::object suppressed_entry();
/// A searchset; each value is a resource.
std::string bundle(std::initializer_list<boost::json::value> resources);
std::string outcome(std::string_view code, std::string_view text, std::string_view severity = "error");
std::string fault(std::string_view code, std::string_view text);

Order order();
/// One instance of series `series` (1, 2, …), with everything in it.
InstanceFacts instance(int series, int instance, std::string_view modality = "CT");

}  // namespace samples
