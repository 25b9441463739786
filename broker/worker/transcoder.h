/// Transcoder: makes another blob of an instance, in another transfer syntax or with edits, in a helper process, and
/// checks it.
///
/// Any thread, several at once. The blob asked for must stay in the spool until `make` returns; the original is never
/// changed. A result is the same bytes each time for the same request.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "spool/digest.h"
#include "spool/intake.h"

namespace broker::worker {

struct TranscodeRequest {
    spool::Digest from;
    std::string from_transfer_syntax;  ///< of the blob
    std::string to_transfer_syntax;    ///< Implicit or Explicit VR Little Endian, or JPEG-LS lossless
};

struct EditRequest {
    spool::Digest from;
    std::string transfer_syntax;  ///< of the blob, which stays
    std::string edits;            ///< as route::print_edits wrote them
};

struct Transcoded {
    spool::Sealed blob;  ///< durable, and without a name until `Spool::link`
    std::string transfer_syntax_uid;
    std::string recipe;  ///< like "decompressed 1.2.840.10008.1.2.4.70 to 1.2.840.10008.1.2.1", or "edited: …"
};

struct TranscodeFailure {
    bool is_permanent = false;  ///< this instance cannot be had so, unless something is changed; else it may pass
    std::string text;           ///< without patient data
};

using Made = std::variant<Transcoded, TranscodeFailure>;

class Transcoder {
public:
    virtual ~Transcoder() = default;

    /// On return of a Transcoded the blob's data set has the SOP Class and Instance UID of the original's, and its
    /// pixels are those of the original as far as that is lossless; it says that it was lossy where the original is.
    /// Waits while as many are being made as may be at once. Throws spool::Error: not_found, damaged (the original);
    /// no_space, io.
    virtual Made make(const TranscodeRequest& request) = 0;

    /// On return of a Transcoded the blob has the edits in it, and every element that they don't name has the bytes it
    /// had, save what tells the length of a group or of the data set, which goes; where nothing goes and they change
    /// nothing, it is the same blob. Tables are read as they are now. Waits and throws as above.
    virtual Made make(const EditRequest& request) = 0;

    /// Whether `make` can be asked for this pair at all: what it doesn't know, it needn't be asked.
    virtual bool can(std::string_view from_transfer_syntax, std::string_view to_transfer_syntax) const = 0;
};

}  // namespace broker::worker
