/// Study union: what the platform has of a study and what we have, in one resource, since a PUT replaces the whole.
///
/// Pure functions; any thread.
#pragma once

#include <boost/json.hpp>

namespace broker::deliver::satusehat {

enum class Merging {
    same,           ///< everything of ours is there: no PUT is needed
    changed,        ///< `resource` is to be PUT
    other_patient,  ///< it is registered for another patient: nothing was merged, a person must look
    withdrawn,      ///< it was cancelled or entered in error: nothing was merged, a person must look
    unreadable,     ///< its lists are no lists: nothing was merged, or something would be lost
};

struct Merged {
    Merging merging = Merging::unreadable;
    boost::json::object resource;  ///< what is there, with ours where it changed
};

/// Keeps every series, instance and member of `existing`, whoever wrote it, where both have one its own value too; adds
/// what only `ours` has, and brings modalities and counts up to date. A series that counts more instances than it lists
/// keeps its count: FHIR lets a list be shorter. Known limits: a number with a fraction is written anew, 1.10 as 1.1E0.
Merged merge(const boost::json::object& existing, const boost::json::object& ours);

}  // namespace broker::deliver::satusehat
