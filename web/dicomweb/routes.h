/// The handlers under /dicom-web.
#pragma once

#include "web/deps.h"
#include "web/exchange.h"

namespace web::dicomweb {

// The path's {study}, {series}, {instance} and {frame} say of what, as far as the route has them: a series and a study
// are shown as their key instance (key_instance.h).

Response rendered(const Request& request, const Deps& deps);  ///< rendered.cpp
Response thumbnail(const Request& request, const Deps& deps);

}  // namespace web::dicomweb
