#include "spool/error.h"

#include <cerrno>
#include <system_error>

namespace spool {

namespace {

Errc code_of(int result) {
    if (is_no_space(result)) return Errc::no_space;
    if (result == -EMFILE || result == -ENFILE || result == -ENOMEM) return Errc::exhausted;
    return result == -EFBIG ? Errc::too_large : Errc::io;
}

}  // namespace

bool is_no_space(int result) {
    return result == -ENOSPC || result == -EDQUOT;
}

Error failed(const Doing& doing, int result) {
    std::string text = "cannot " + std::string(doing.what) + " " + std::string(doing.name) + ": " +
                       std::generic_category().message(-result);
    return Error(code_of(result), text);
}

}  // namespace spool
