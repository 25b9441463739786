/// Headers: what every answer carries so that a browser does nothing with it but what is meant.
#include "web/headers.h"

namespace web {

// Joined by the compiler, so that the two differ in one word.
#define POLICY(pictures)                                                               \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'" pictures \
    "; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

const std::string_view content_policy = POLICY("");
const std::string_view content_policy_of_pictures = POLICY(" blob:");

std::vector<std::pair<std::string_view, std::string_view>> security_headers(bool is_strict) {
    std::vector<std::pair<std::string_view, std::string_view>> headers{
        {"Content-Security-Policy", content_policy},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Cache-Control", "no-store"},  // pages say otherwise for themselves
    };
    if (is_strict) headers.emplace_back("Strict-Transport-Security", "max-age=31536000");
    return headers;
}

}  // namespace web
