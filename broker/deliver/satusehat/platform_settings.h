/// Platform settings: from a destination's configuration to what talks to its platform.
///
/// Pure; any thread. The credentials are read from their files or the environment whenever a token is wanted.
#pragma once

#include "broker/config/config.h"
#include "broker/deliver/satusehat/http_platform.h"

namespace broker::deliver::satusehat {

/// Of a destination of kind "satusehat" that was checked. Throws std::invalid_argument where a URL is none.
HttpPlatformSettings platform_settings(const config::Destination& destination, const config::Config& config);

/// Where instances go: `dicom_url`, or the base URL. Its options are those of the platform otherwise.
http::Options store_options(const config::Destination& destination, const config::Config& config);

}  // namespace broker::deliver::satusehat
