/// Openapi: the parts of the document that describes the API, embedded when the program is built.
#pragma once

#include <span>
#include <string_view>

namespace web::api {

/// Written by openapi/embed.cmake from openapi/*.json: the frame first, then those that have paths, and schemas of
/// their own.
extern const std::span<const std::string_view> openapi_parts;

}  // namespace web::api
