/// Seen: who was at the door, told to whoever remembers senders.
///
/// A value.
#pragma once

#include <functional>
#include <string>

namespace broker::receive {

/// An association that was opened, or refused once its request could be read.
struct Sighting {
    std::string calling_ae_title;  ///< printable ASCII
    std::string address;
    std::string sender;      ///< the [[sender]] that fits, or ""
    std::string refused_by;  ///< a Refusal's code; "": it was let in
};

/// Called on the thread that serves or refuses, which waits for it: any thread, and it must be quick and not throw.
using Seen = std::function<void(const Sighting&)>;

}  // namespace broker::receive
