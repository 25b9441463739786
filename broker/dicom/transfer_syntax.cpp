#include "broker/dicom/transfer_syntax.h"

namespace broker::dicom {

bool is_deflated(std::string_view uid) {
    constexpr std::string_view jpip_referenced_deflate = "1.2.840.10008.1.2.4.95";
    constexpr std::string_view jpip_htj2k_referenced_deflate = "1.2.840.10008.1.2.4.205";
    return uid == deflated_explicit_vr_little_endian || uid == jpip_referenced_deflate ||
           uid == jpip_htj2k_referenced_deflate;
}

int rank(std::string_view uid) {
    if (uid == explicit_vr_big_endian) return 2;
    if (uid == implicit_vr_little_endian) return 1;
    return 0;
}

}  // namespace broker::dicom
