#include "broker/receive/negotiation.h"

#include <algorithm>

#include "broker/dicom/commitment.h"
#include "broker/dicom/transfer_syntax.h"
#include "broker/receive/services.h"

namespace broker::receive {
namespace {

bool is_unreadable(const std::string& transfer_syntax) {
    return transfer_syntax != dicom::implicit_vr_little_endian && transfer_syntax != dicom::explicit_vr_little_endian;
}

}  // namespace

const std::string& choose_transfer_syntax(const std::vector<std::string>& proposed) {
    return *std::min_element(proposed.begin(), proposed.end(), [](const std::string& one, const std::string& other) {
        return dicom::rank(one) < dicom::rank(other);
    });
}

bool is_served(std::string_view abstract_syntax, bool commits) {
    if (abstract_syntax == dicom::storage_commitment_sop_class) return commits;
    return service_of(abstract_syntax) != nullptr;
}

Contexts negotiate(const std::vector<ProposedContext>& proposed, bool commits) {
    Contexts contexts;
    for (const ProposedContext& each : proposed) {
        if (!is_served(each.abstract_syntax, commits)) continue;
        std::vector<std::string> syntaxes = each.transfer_syntaxes;
        if (each.abstract_syntax == dicom::storage_commitment_sop_class) std::erase_if(syntaxes, is_unreadable);
        if (!syntaxes.empty()) contexts[each.id] = {each.abstract_syntax, choose_transfer_syntax(syntaxes)};
    }
    return contexts;
}

}  // namespace broker::receive
