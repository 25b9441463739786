/// EditCheck: whether a data set that came out of a helper process has the edits in it that were asked for.
///
/// One thread at a time. Reads it to its end, streaming and bounded. A helper that misbehaves must not be able to pass
/// what is not edited for what is.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "broker/worker/rewriting.h"

namespace broker::worker {

class EditCheck {
public:
    /// `wanted` outlives it.
    EditCheck(const Rewriting& wanted, std::string_view transfer_syntax_uid);
    ~EditCheck();

    void feed(std::span<const std::byte> bytes);
    /// The data set ends here. "" where each element that was to go is nowhere at its top, and each that was to be
    /// given a value is there once, with that; else what is wrong, with the tag and without a value.
    std::string finish();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace broker::worker
