#include "broker/receive/refusal.h"

namespace broker::receive {

std::string log_word(std::string_view text) {
    std::string word;
    for (const char c : text) word += c > ' ' && c <= '~' && c != '"' && c != '=' ? c : '_';
    return word.empty() ? "-" : word;
}

}  // namespace broker::receive
