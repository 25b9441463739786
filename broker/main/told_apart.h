/// ToldApart: a broker that is stopping, or a full disk, told apart from a call that was wrong.
#pragma once

#include "broker/committer/committer.h"
#include "outbox/error.h"
#include "web/error.h"

namespace broker {

inline web::Error is_stopping() {
    return {web::Errc::unavailable, "the broker is stopping; try again when it runs"};
}

/// What `work` returns. What may work later becomes web::Error, unavailable.
template <class Work>
auto told_apart(Work work) {
    try {
        return work();
    } catch (const Stopped&) {
        throw is_stopping();
    } catch (const outbox::Error& error) {
        if (error.code() != outbox::Errc::no_space) throw;
        throw web::Error(web::Errc::unavailable, "the disk is full: nothing was changed; make room and try again");
    }
}

}  // namespace broker
