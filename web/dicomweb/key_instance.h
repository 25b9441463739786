/// Key instance: the one instance whose picture stands for a series, and the order in which series stand for a study.
///
/// Pure functions; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "outbox/views.h"

namespace web::dicomweb {

/// False for the storage SOP classes that never have pixels (PS3.4 B.5): reports, documents, key objects, presentation
/// states, waveforms, plans, registrations, measurements, raw data. A guess by name alone: an unknown one may have.
bool may_have_pixels(std::string_view sop_class_uid);

/// True when a picture of it can be expected: its bytes are kept, and its class may have pixels.
bool is_viewable(const outbox::SeriesMember& member);

/// Of a series in order of instance number: the middle one of the viewable, else the first whose bytes are kept, else
/// the first. Nothing where there is none.
std::optional<std::size_t> key_of(std::span<const outbox::SeriesMember> members);

/// The order in which series are asked for a viewable instance: as they are, but those without a UID left out and
/// reports, documents, key objects and presentation states last.
std::vector<outbox::SeriesView> in_order_of_sight(std::vector<outbox::SeriesView> series);

}  // namespace web::dicomweb
