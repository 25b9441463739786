#include "broker/worker/syntax.h"

#include <algorithm>
#include <array>

#include "broker/dicom/transfer_syntax.h"

namespace broker::worker {
namespace {

constexpr std::string_view jpeg_method = "ISO_10918_1", jpeg_ls_method = "ISO_14495_1",
                           jpeg_2000_method = "ISO_15444_1", htj2k_method = "ISO_15444_15";

constexpr std::array syntaxes{
    Syntax{dicom::implicit_vr_little_endian, Coding::native, Loss::none, ""},
    Syntax{dicom::explicit_vr_little_endian, Coding::native, Loss::none, ""},
    Syntax{dicom::deflated_explicit_vr_little_endian, Coding::native, Loss::none, ""},
    Syntax{dicom::explicit_vr_big_endian, Coding::native, Loss::none, ""},
    Syntax{"1.2.840.10008.1.2.4.50", Coding::jpeg, Loss::certain, jpeg_method},
    Syntax{"1.2.840.10008.1.2.4.51", Coding::jpeg, Loss::certain, jpeg_method},
    Syntax{"1.2.840.10008.1.2.4.53", Coding::jpeg, Loss::certain, jpeg_method},
    Syntax{"1.2.840.10008.1.2.4.55", Coding::jpeg, Loss::certain, jpeg_method},
    Syntax{"1.2.840.10008.1.2.4.57", Coding::jpeg, Loss::none, ""},
    Syntax{"1.2.840.10008.1.2.4.70", Coding::jpeg, Loss::none, ""},
    Syntax{jpeg_ls_lossless, Coding::jpeg_ls, Loss::none, ""},
    Syntax{"1.2.840.10008.1.2.4.81", Coding::jpeg_ls, Loss::possible, jpeg_ls_method},
    Syntax{"1.2.840.10008.1.2.4.90", Coding::jpeg_2000, Loss::none, ""},
    Syntax{"1.2.840.10008.1.2.4.91", Coding::jpeg_2000, Loss::possible, jpeg_2000_method},
    Syntax{"1.2.840.10008.1.2.4.201", Coding::jpeg_2000, Loss::none, ""},
    Syntax{"1.2.840.10008.1.2.4.202", Coding::jpeg_2000, Loss::none, ""},
    Syntax{"1.2.840.10008.1.2.4.203", Coding::jpeg_2000, Loss::possible, htj2k_method},
    Syntax{"1.2.840.10008.1.2.5", Coding::rle, Loss::none, ""},
};

}  // namespace

const Syntax* find_syntax(std::string_view uid) {
    const auto* found = std::find_if(syntaxes.begin(), syntaxes.end(), [uid](const Syntax& s) { return s.uid == uid; });
    return found == syntaxes.end() ? nullptr : found;
}

bool can_transcode(std::string_view from, std::string_view to) {
    const Syntax* source = find_syntax(from);
    if (source == nullptr || from == to) return false;
    if (to == jpeg_ls_lossless) return source->loss == Loss::none;
    return to == dicom::explicit_vr_little_endian || to == dicom::implicit_vr_little_endian;
}

}  // namespace broker::worker
