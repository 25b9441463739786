#include "broker/dicom/tls_fault.h"

namespace broker::dicom {

const char* to_string(TlsFault fault) {
    switch (fault) {
        case TlsFault::none:
            return "none";
        case TlsFault::unknown_authority:
            return "unknown_authority";
        case TlsFault::expired:
            return "expired";
        case TlsFault::not_yet_valid:
            return "not_yet_valid";
        case TlsFault::name_mismatch:
            return "name_mismatch";
        case TlsFault::pin_mismatch:
            return "pin_mismatch";
        case TlsFault::certificate_bad:
            return "certificate_bad";
        case TlsFault::no_common_version:
            return "no_common_version";
        case TlsFault::own_certificate_missing:
            return "own_certificate_missing";
        case TlsFault::own_certificate_refused:
            return "own_certificate_refused";
        case TlsFault::refused:
            return "refused";
        case TlsFault::not_tls:
            return "not_tls";
        case TlsFault::violation:
            return "violation";
        case TlsFault::internal_error:
            return "internal_error";
        case TlsFault::closed:
            return "closed";
        case TlsFault::timed_out:
            return "timed_out";
    }
    return "?";
}

}  // namespace broker::dicom
