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

/// Those that may stand for a series, the best first, at most keys_max: of the viewable the middle one in order of
/// instance number and its neighbours, else the first whose bytes are kept, else the first. Another one is for where no
/// picture comes of those before it.
std::vector<std::size_t> keys_of(std::span<const outbox::SeriesMember> members);
inline constexpr std::size_t keys_max = 3;

/// The order in which series are asked for a viewable instance: as they are, but those without a UID left out and
/// reports, documents, key objects and presentation states last.
std::vector<outbox::SeriesView> in_order_of_sight(std::vector<outbox::SeriesView> series);

}  // namespace web::dicomweb
