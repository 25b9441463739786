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

}  // namespace

Arrival read_fragment(T_ASC_Association& association, Fragment& into) {
    DUL_PDV pdv{};
    if (DUL_NextPDV(&association.DULassociation, &pdv).bad()) {
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

Arrival read_command(T_ASC_Association& association, CommandBytes& into) {
    into.bytes.clear();
    for (bool is_first = true;; is_first = false) {
        Fragment fragment;
        const Arrival arrival = read_fragment(association, fragment);
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
