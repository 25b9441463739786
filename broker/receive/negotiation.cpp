#include "broker/receive/negotiation.h"

#include <algorithm>

#include "broker/dicom/transfer_syntax.h"
#include "broker/receive/services.h"

namespace broker::receive {

const std::string& choose_transfer_syntax(const std::vector<std::string>& proposed) {
    return *std::min_element(proposed.begin(), proposed.end(), [](const std::string& one, const std::string& other) {
        return dicom::rank(one) < dicom::rank(other);
    });
}

Contexts negotiate(const std::vector<ProposedContext>& proposed) {
    Contexts contexts;
    for (const ProposedContext& each : proposed)
        if (service_of(each.abstract_syntax) != nullptr)
            contexts[each.id] = {each.abstract_syntax, choose_transfer_syntax(each.transfer_syntaxes)};
    return contexts;
}

}  // namespace broker::receive
