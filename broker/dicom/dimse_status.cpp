#include "broker/dicom/dimse_status.h"

namespace broker::dicom::status {

std::uint16_t of(spool::Errc code) {
    switch (code) {
        case spool::Errc::no_space:
        case spool::Errc::too_large:
        case spool::Errc::in_use:
        case spool::Errc::unsuited:
        case spool::Errc::exhausted:
        case spool::Errc::io:
        case spool::Errc::not_found:
        case spool::Errc::damaged:
            return out_of_resources;
    }
    return processing_failure;
}

}  // namespace broker::dicom::status
