#include "broker/http/failure.h"

#include <cassert>

namespace broker::http {

const char* to_string(Fault fault) {
    switch (fault) {
        case Fault::unresolved:
            return "unresolved";
        case Fault::no_such_name:
            return "no_such_name";
        case Fault::address_denied:
            return "address_denied";
        case Fault::refused:
            return "refused";
        case Fault::unreachable:
            return "unreachable";
        case Fault::connect_timed_out:
            return "connect_timed_out";
        case Fault::out_of_descriptors:
            return "out_of_descriptors";
        case Fault::proxy_refused:
            return "proxy_refused";
        case Fault::tls_untrusted:
            return "tls_untrusted";
        case Fault::tls_failed:
            return "tls_failed";
        case Fault::lost:
            return "lost";
        case Fault::timed_out:
            return "timed_out";
        case Fault::malformed:
            return "malformed";
        case Fault::too_large:
            return "too_large";
        case Fault::interrupted:
            return "interrupted";
    }
    assert(false);
    return "";
}

Failure tls_failure(dicom::TlsFault fault) {
    using dicom::TlsFault;
    const bool is_untrusted = fault == TlsFault::unknown_authority || fault == TlsFault::expired ||
                              fault == TlsFault::not_yet_valid || fault == TlsFault::name_mismatch ||
                              fault == TlsFault::pin_mismatch || fault == TlsFault::certificate_bad;
    return Failure{.fault = is_untrusted ? Fault::tls_untrusted : Fault::tls_failed, .tls = fault};
}

std::string describe(const Failure& failure) {
    std::string more;
    const auto add = [&more](const std::string& what) { more += (more.empty() ? "" : ", ") + what; };
    if (failure.at_proxy) add("proxy");
    if (failure.status != 0) add("status " + std::to_string(failure.status));
    if (failure.tls != dicom::TlsFault::none) add(dicom::to_string(failure.tls));
    if (*failure.detail != '\0') add(failure.detail);
    if (failure.request_left) add("the request had left");
    return to_string(failure.fault) + (more.empty() ? "" : " (" + more + ")");
}

}  // namespace broker::http
