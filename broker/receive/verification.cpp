#include "broker/receive/verification.h"

#include "broker/dicom/dimse_status.h"
#include "broker/receive/conversation.h"

namespace broker::receive {

Next verify(Conversation& conversation, const Request& request) {
    if (request.has_data_set) return Next::abort;  // C-ECHO has none (PS3.7 9.3.5.1)
    return conversation.respond(request, {dicom::status::success}) ? Next::message : Next::ended;
}

}  // namespace broker::receive
