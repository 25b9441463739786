/// Imaging study: the resource that registers a study, made of its instances and its order.
///
/// Values and pure functions; any thread. The same instances give the same resource, in whatever order they come.
#pragma once

#include <boost/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "broker/deliver/satusehat/accession.h"
#include "broker/deliver/satusehat/date_time.h"
#include "broker/deliver/satusehat/order.h"
#include "broker/deliver/satusehat/study_content.h"

namespace broker::deliver::satusehat {

/// What a study is known by on the platform. All three: UIDs are not unique in the national store.
struct StudyKey {
    std::string organization;
    Accession accession;
    std::string study_uid;
};

struct ContentSettings {
    Zone zone;  ///< of the node, for data sets that don't say theirs
    Style date_time_style = Style::utc;
    bool with_encounter = false;  ///< copies the order's; the Ministry's router doesn't
};

/// What an operator should know of a body, or what it lacks because nobody said it.
enum class Remark {
    no_start,            ///< no date could be read: there is no `started`
    start_time_assumed,  ///< a date without a time: the beginning of the day
    no_modality,         ///< a series whose instances have none
    not_all_described,   ///< instances are left out
};
std::string_view to_string(Remark remark);

struct StudyBody {
    boost::json::object resource;       ///< without `id`
    std::optional<DateTime> started;    ///< as the resource has it
    std::vector<Remark> remarks;        ///< each at most once
    std::vector<std::string> left_out;  ///< SOP Instance UIDs: of another study, or without the UID of a series
};

/// An instance that comes twice counts once, as it came first.
StudyBody imaging_study(const StudyKey& key, std::span<const InstanceFacts> instances, const Order& order,
                        const ContentSettings& settings);

}  // namespace broker::deliver::satusehat
