#include "broker/worker/dcmtk_fragments.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcxfer.h>

#include <cstring>

namespace broker::worker {
namespace {

std::optional<Fragment> bytes_of(DcmPixelSequence& sequence, unsigned long index) {
    DcmPixelItem* item = nullptr;
    Uint8* bytes = nullptr;
    if (sequence.getItem(item, index).bad() || item == nullptr) return std::nullopt;
    const Uint32 length = item->getLength();
    if (length == 0) return Fragment{};
    if (item->getUint8Array(bytes).bad() || bytes == nullptr) return std::nullopt;
    return Fragment{reinterpret_cast<const std::byte*>(bytes), length};
}

}  // namespace

std::optional<Encapsulated> encapsulated_in(DcmPixelSequence* sequence) {
    if (sequence == nullptr || sequence->card() < 2) return std::nullopt;
    Encapsulated found;
    for (unsigned long i = 0; i < sequence->card(); ++i) {
        const std::optional<Fragment> bytes = bytes_of(*sequence, i);
        if (!bytes) return std::nullopt;
        if (i > 0) {
            found.fragments.push_back(*bytes);
            continue;
        }
        found.offsets.resize(bytes->size() / sizeof(std::uint32_t));
        for (std::size_t n = 0; n < found.offsets.size(); ++n)
            for (std::size_t k = 0; k < sizeof(std::uint32_t); ++k)
                found.offsets[n] |= std::to_integer<std::uint32_t>((*bytes)[n * sizeof(std::uint32_t) + k]) << (8 * k);
    }
    return found;
}

std::vector<PixelElement> pixel_elements(DcmDataset& data_set) {
    std::vector<PixelElement> found;
    DcmStack stack;
    stack.push(&data_set);
    while (data_set.search(DCM_PixelData, stack, ESM_afterStackTop, OFTrue).good()) {
        auto* pixels = dynamic_cast<DcmPixelData*>(stack.top());
        auto* item = stack.card() < 2 ? nullptr : dynamic_cast<DcmItem*>(stack.elem(1));
        if (pixels != nullptr && item != nullptr) found.push_back({pixels, item});
    }
    return found;
}

DcmPixelSequence* encapsulation_of(const PixelElement& element) {
    E_TransferSyntax syntax = EXS_Unknown;
    const DcmRepresentationParameter* parameter = nullptr;
    element.pixels->getOriginalRepresentationKey(syntax, parameter);
    DcmPixelSequence* sequence = nullptr;
    if (syntax == EXS_Unknown || DcmXfer(syntax).isNotEncapsulated()) return nullptr;
    if (element.pixels->getEncapsulatedRepresentation(syntax, parameter, sequence).bad()) return nullptr;
    return sequence;
}

}  // namespace broker::worker
