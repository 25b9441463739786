/// Edit plan: what the edits of a route make of one instance: which elements get which values, and which ones go.
///
/// Pure functions; any thread. Values are UTF-8. A failure names tags and rules, never a value.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "broker/dicom/header.h"
#include "broker/route/edit.h"
#include "broker/route/table.h"

namespace broker::route {

/// One element that comes out otherwise than it came.
struct Change {
    dicom::TagStep tag;
    std::string vr;                                  ///< by the dictionary; "" where it goes
    std::optional<std::vector<std::string>> values;  ///< nothing: it goes; none: it is empty
    bool operator==(const Change&) const = default;
};

struct Changes {
    std::vector<Change> all;  ///< each tag once, in ascending order
    // What the plan relies on. A header may miss what stands in the wrong place, and then the plan is wrong.
    std::set<dicom::Tag> absent;  ///< no value of these was seen
    std::set<dicom::Tag> single;  ///< and of these the one that was read is the only one
};

/// Why the edits cannot be made of this instance: "PatientID has no row in ids.csv".
struct EditFailure {
    std::string text;
};

/// Gives a map's table.
using TableAt = std::function<std::variant<std::shared_ptr<const Table>, TableFault>(const std::string& path)>;

/// The tags whose values the plan must know.
std::set<dicom::Tag> tags_read(const std::vector<Edit>& edits);

/// `header` has what the instance has of these tags. Edits apply in order, each to what the ones before it made.
std::variant<Changes, EditFailure> plan(const std::vector<Edit>& edits, const dicom::Header& header,
                                        const TableAt& table_at);

}  // namespace broker::route
