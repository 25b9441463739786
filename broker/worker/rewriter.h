/// Rewriter: the bytes of one data set with some of its top-level elements changed, and every other byte as it came.
///
/// One thread at a time. Whatever the transfer syntax: it looks at elements only, and streams. Memory is bounded by
/// what it writes and by a few short values, whatever the data set holds.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "broker/worker/ending.h"
#include "broker/worker/rewriting.h"

namespace broker::worker {

class Rewriter {
public:
    using Take = std::function<void(std::span<const std::byte>)>;

    /// `rewriting` outlives it; `take` gets the result.
    Rewriter(const Rewriting& rewriting, std::string_view transfer_syntax_uid, Take take);
    ~Rewriter();

    /// False: it has failed, and `finish` says why.
    bool feed(std::span<const std::byte> bytes);
    /// The data set ends here. On done the result has been given; else what was given is nothing.
    Ending finish();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace broker::worker
