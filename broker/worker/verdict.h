/// Verdict: what the end of a helper process means for the instance that it worked on.
///
/// Pure functions; any thread.
#pragma once

#include <string>

#include "broker/worker/child.h"
#include "broker/worker/ending.h"
#include "broker/worker/pump.h"

namespace broker::worker {

struct Verdict {
    enum class Kind {
        done,
        transient,  ///< not the instance's fault
        crash,      ///< the instance may be the cause: permanent when it happens again
        permanent,
    } kind = Kind::done;
    std::string text;  ///< "" where done
};

/// Of a helper that ended by itself.
Verdict judge(const Child::End& end);
/// Of one that was killed, since `pump` gave up.
Verdict judge(PumpEnd end);

}  // namespace broker::worker
