/// Rig: a spool with synthetic instances in it, and a Transcoder with real helper processes over it.
///
/// One thread at a time.
#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "broker/config/config.h"
#include "broker/worker/process_transcoder.h"
#include "spool/posix_disk.h"
#include "spool/spool.h"
#include "tests/support/temp_folder.h"

namespace rig {

inline constexpr std::string_view sop_class = "1.2.840.10008.5.1.4.1.1.7", sop_instance = "1.2.826.0.1.3680043.10.3.1";

struct ImageShape {
    unsigned rows = 33, columns = 31;  // odd, so that padding is met
    unsigned samples = 1, allocated = 16, stored = 12, frames = 1;
    bool is_signed = false;
};

/// A secondary capture with text in a character set, a sequence, private elements and noisy pixels.
std::unique_ptr<DcmDataset> image(const ImageShape& shape = {});
/// The same without pixels.
std::unique_ptr<DcmDataset> without_pixels();

/// The data set in that transfer syntax, packed by DCMTK's encoders.
std::string packed(const DcmDataset& data_set, E_TransferSyntax syntax);
/// With each frame as a JPEG 2000 codestream of OpenJPEG's; `is_split`: each in two fragments, with an offset table.
std::string packed_jpeg_2000(const DcmDataset& data_set, const ImageShape& shape, bool is_reversible, bool is_split);

/// Read back. Null where DCMTK cannot.
std::unique_ptr<DcmDataset> parsed(const std::string& bytes, E_TransferSyntax syntax);
/// The elements that are not about how pixels are kept, one line each, with VR unless `is_implicit`.
std::string story(DcmDataset& data_set, bool is_implicit);
/// The native pixels' bytes.
std::string pixels(DcmDataset& data_set);

class Rig {
public:
    explicit Rig(broker::config::Worker limits = {}, std::filesystem::path program = BRIDGE_WORKER)
        : spool_(disk_, folder_.path()), transcoder(spool_, limits, std::move(program)) {}

    spool::Digest keep(const std::string& data_set, std::string_view transfer_syntax);
    /// Makes it, and reads the result's data set back; the whole blob's digest goes to `digest`.
    std::string make(const spool::Digest& from, std::string_view from_syntax, std::string_view to_syntax,
                     spool::Digest* digest = nullptr);
    /// The same with edits, in the transfer syntax that it has.
    std::string edit(const spool::Digest& from, std::string_view syntax, const std::string& edits);
    broker::worker::TranscodeFailure fail(const spool::Digest& from, std::string_view from_syntax,
                                          std::string_view to_syntax = "1.2.840.10008.1.2.1");
    const std::filesystem::path& folder() const { return folder_.path(); }

private:
    std::string read_back(broker::worker::Made made, std::string_view syntax, spool::Digest* digest);

    support::TempFolder folder_;
    spool::PosixDisk disk_;
    spool::Spool spool_;

public:
    broker::worker::ProcessTranscoder transcoder;
};

}  // namespace rig
