/// Headers: what every answer carries so that a browser does nothing with it but what is meant.
#include "web/headers.h"

namespace web {

std::vector<std::pair<std::string_view, std::string_view>> security_headers(const Response&) {
    return {
        {"Content-Security-Policy",
         "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action "
         "'self'; frame-ancestors 'none'; base-uri 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Cache-Control", "no-store"},  // pages say otherwise for themselves
    };
}

}  // namespace web
