// One case per fault of the way there.
#include "broker/deliver/satusehat/events.h"

namespace broker::deliver::satusehat {

namespace {

Event unreachable(Unreachable why) {
    return {Happening::unreachable, static_cast<std::uint32_t>(why)};
}

Event event_of(const Silence& silence) {
    const http::Failure& failure = silence.failure;
    switch (failure.fault) {
        case http::Fault::unresolved:
            return unreachable(Unreachable::name_unresolved);
        case http::Fault::no_such_name:
            return unreachable(Unreachable::no_such_name);
        case http::Fault::address_denied:
            return unreachable(Unreachable::address_denied);
        case http::Fault::refused:
            return unreachable(Unreachable::refused);
        case http::Fault::unreachable:
            return unreachable(Unreachable::no_route);
        case http::Fault::connect_timed_out:
            return unreachable(Unreachable::timed_out);
        case http::Fault::proxy_refused:
            return unreachable(Unreachable::proxy_refused);
        case http::Fault::out_of_descriptors:
            return {Happening::out_of_descriptors};
        case http::Fault::tls_untrusted:
        case http::Fault::tls_failed:
            return {Happening::tls_refused, static_cast<std::uint32_t>(failure.tls)};
        case http::Fault::timed_out:
            // Before the last byte nothing is in doubt: it stood still under our hands.
            return {silence.may_have_arrived ? Happening::no_response : Happening::connection_lost, 0,
                    silence.may_have_arrived};
        case http::Fault::malformed:
        case http::Fault::too_large:
            return {Happening::http_answer, answer_of(Answer::not_as_promised, failure.status),
                    silence.may_have_arrived};
        case http::Fault::lost:
        case http::Fault::interrupted:
            break;
    }
    return {Happening::connection_lost, 0, silence.may_have_arrived};
}

Event event_of(const Told& told) {
    Event event{Happening::http_answer, answer_of(told.judgement.answer, told.judgement.status), true};
    event.retry_after = told.retry_after.value_or(std::chrono::seconds(0));
    return event;
}

}  // namespace

Event event_of_upload(const Heard& heard) {
    return std::visit([](const auto& each) { return event_of(each); }, heard);
}

Event event_of(const Heard& heard) {
    Event event = event_of_upload(heard);
    event.last_byte_sent = false;
    // Whatever it was, it is the destination that is silent, and not one of its associations.
    if (event.happening == Happening::connection_lost || event.happening == Happening::no_response)
        event = unreachable(Unreachable::timed_out);
    return event;
}

}  // namespace broker::deliver::satusehat
