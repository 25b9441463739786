#include "broker/dicom/dcmtk_message.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/cond.h>
#include <dcmtk/dcmnet/dul.h>

namespace broker::dicom {
namespace {

constexpr std::size_t command_bytes_max = 64 * 1024;

Arrival meaning_of(const OFCondition& answer) {
    if (answer == DUL_PDATAPDUARRIVED) return Arrival::message;
    if (answer == DUL_PEERREQUESTEDRELEASE) return Arrival::release_requested;
    if (answer == DUL_PEERABORTEDASSOCIATION) return Arrival::aborted;
    if (answer == DUL_NETWORKCLOSED || answer == DUL_READTIMEOUT) return Arrival::ended;
    return Arrival::malformed;
}

/// DCMTK's own wait with a time-out forgets the part of a PDU's header that came in time: only the first byte is
/// waited for.
bool is_silent(T_ASC_Association& association, const std::optional<std::chrono::seconds>& patience) {
    return patience && !ASC_dataWaiting(&association, static_cast<int>(patience->count()));
}

Arrival read_fragment(T_ASC_Association& association, Fragment& into,
                      const std::optional<std::chrono::seconds>& patience) {
    DUL_PDV pdv{};
    if (DUL_NextPDV(&association.DULassociation, &pdv).bad()) {
        if (is_silent(association, patience)) return Arrival::nothing_yet;
        const Arrival arrival = meaning_of(DUL_ReadPDVs(&association.DULassociation, nullptr, DUL_BLOCK, 0));
        if (arrival != Arrival::message) return arrival;
        if (DUL_NextPDV(&association.DULassociation, &pdv).bad()) return Arrival::malformed;
    }
    into.context = pdv.presentationContextID;
    into.is_command = pdv.pdvType == DUL_COMMANDPDV;
    into.is_last = pdv.lastPDV;
    into.bytes = {static_cast<const std::byte*>(pdv.data), pdv.fragmentLength};
    return Arrival::message;
}

}  // namespace

Arrival read_fragment(T_ASC_Association& association, Fragment& into) {
    return read_fragment(association, into, std::nullopt);
}

Arrival read_command(T_ASC_Association& association, CommandBytes& into,
                     const std::optional<std::chrono::seconds>& patience) {
    into.bytes.clear();
    for (bool is_first = true;; is_first = false) {
        Fragment fragment;
        const Arrival arrival = read_fragment(association, fragment, is_first ? patience : std::nullopt);
        if (arrival != Arrival::message) return arrival;
        if (is_first) into.context = fragment.context;
        if (!fragment.is_command || fragment.context != into.context) return Arrival::malformed;
        if (into.bytes.size() + fragment.bytes.size() > command_bytes_max) return Arrival::malformed;
        into.bytes.insert(into.bytes.end(), fragment.bytes.begin(), fragment.bytes.end());
        if (fragment.is_last) return Arrival::message;
    }
}

bool write_fragment(T_ASC_Association& association, const Fragment& fragment) {
    DUL_PDV pdv{};
    pdv.fragmentLength = fragment.bytes.size();
    pdv.presentationContextID = fragment.context;
    pdv.pdvType = fragment.is_command ? DUL_COMMANDPDV : DUL_DATASETPDV;
    pdv.lastPDV = fragment.is_last;
    // DCMTK's structure serves both directions; it does not write to what it sends.
    pdv.data = const_cast<std::byte*>(fragment.bytes.data());
    DUL_PDVLIST list{};
    list.count = 1;
    list.pdv = &pdv;
    return DUL_WritePDVs(&association.DULassociation, &list).good();
}

}  // namespace broker::dicom
