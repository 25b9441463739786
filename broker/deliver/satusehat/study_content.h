/// Study content: what is told of each instance of a study, and what tells whose it is, from its header.
///
/// Values and pure functions; any thread. Holds what names a patient: nothing of it goes into a log.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "broker/deliver/satusehat/accession.h"
#include "broker/deliver/satusehat/date_time.h"
#include "broker/dicom/header.h"
#include "broker/dicom/tag_path.h"

namespace broker::deliver::satusehat {

/// Texts are UTF-8 on one line, "" where the instance has none.
struct InstanceFacts {
    std::string study_uid, study_description;
    std::string series_uid, series_description;
    std::optional<std::int32_t> series_number;
    std::string modality;
    std::string sop_class_uid, sop_instance_uid;
    std::optional<std::int32_t> instance_number;
    std::string title;  ///< the values of Image Type with backslashes; of a document its concept name

    Moment study, series, acquisition, content;
    std::string timezone;  ///< (0008,0201) as it stands there

    std::optional<Accession> accession;
    std::string patient_id, birth_date;
};

/// The elements that `facts_of` looks at: make a dicom::Wanted of them.
std::set<dicom::TagPath> wanted_elements();

InstanceFacts facts_of(const dicom::Header& header);

/// An IS as FHIR takes one: spaces around it and a plus are no harm. Nothing where it is no whole number, negative, or
/// too large.
std::optional<std::int32_t> parse_number(std::string_view text);

/// When it began by the first of study, series, acquisition and content that has a date that can be read.
std::optional<DateTime> started(const InstanceFacts& facts, const Zone& zone);

}  // namespace broker::deliver::satusehat
