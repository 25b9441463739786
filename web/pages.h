/// Pages: the fixed bytes a browser gets, embedded when the program is built: no file on disk is ever served.
#pragma once

#include <span>
#include <string_view>

#include "web/deps.h"
#include "web/exchange.h"

namespace web {

struct EmbeddedPage {
    std::string_view name;  ///< "overview.html"
    std::string_view bytes;
    std::string_view packed;  ///< the same by gzip
};

/// Written by embed.cmake from web/pages/.
extern const std::span<const EmbeddedPage> embedded_pages;

/// Answers "/" with the overview and "/name" with the file of that name. The routes name only what is there.
Response page(const Request& request, const Deps& deps);

}  // namespace web
